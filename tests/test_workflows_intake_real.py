"""Intake of real files, where they are at hand: nothing to map by hand, nothing lost."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from crmkit.adapters import files
from crmkit.workflows.intake import activities_of, map_activities, map_records, records_of

DATA = Path(__file__).parents[2] / "shared" / "data"
PEOPLE = DATA / "er" / "fake_1000.csv"
ORDERS = DATA / "seg" / "uci_online_retail_clean_397884.parquet"


@pytest.mark.skipif(not PEOPLE.exists(), reason="the shared data is not at hand")
def test_a_thousand_people_are_recognised() -> None:
    """Every row of Splink's fake_1000 is a record, with its columns understood by name."""
    table = files.read(PEOPLE)
    records, problems = records_of(table)

    assert [str(one) for one in map_records(table).recognised] == [
        "unique_id → id, by name",
        "first_name → given_name, by name",
        "surname → family_name, by name",
        "dob → born_on, by name",
        "city → city, by name",
        "email → email, by name",
    ]
    assert (len(records), problems) == (1000, [])
    assert sorted(int(record.id) for record in records) == list(range(1000))


@pytest.mark.skipif(not ORDERS.exists(), reason="the shared data is not at hand")
def test_the_lines_of_a_shop_become_its_orders(tmp_path: Path) -> None:
    """The first 40,000 lines of UCI Online Retail become the purchases that pandas counts, to the penny."""
    lines = pd.read_parquet(ORDERS).head(40_000)
    lines.to_parquet(tmp_path / "orders.parquet")
    lines.to_csv(tmp_path / "orders.csv", index=False)
    lines["penny"] = (lines.Quantity * (1000 * lines.UnitPrice).round().astype(int)) // 10
    orders = lines.groupby(["CustomerID", "InvoiceNo"]).agg(lines=("penny", "size"), penny=("penny", "sum"))
    expected = {
        (str(who), number): tuple(row)
        for (who, number), row in zip(orders.index, orders.to_numpy(), strict=True)
    }

    for name in ("orders.parquet", "orders.csv"):
        table = files.read(tmp_path / name)
        columns = map_activities(table)
        purchases, problems = activities_of(table, columns, zone="Europe/London", currency="GBP")
        assert problems == []
        assert {one.column: one.field for one in columns.recognised} == {
            "InvoiceNo": "order_id",
            "StockCode": "product_id",
            "Quantity": "quantity",
            "InvoiceDate": "at",
            "UnitPrice": "unit_price",
            "CustomerID": "customer_id",
            "Revenue": "amount",
        }
        found = {(one.customer_id, one["order_id"]): (one["lines"], one.amount_minor) for one in purchases}
        assert found == expected
        assert len(purchases) == len(expected)
