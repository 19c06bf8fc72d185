"""What there is: records, customers, activities and everything said of them.

Values only.  `Record` is what one source knows; `Customer` the golden record
of a party; `Activity` a fact with a time; `Profile` the 360° view at an
instant.  `ActivityColumns`, which loads numpy, documents and what a host adds
are imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.lazy import lazily
from crmkit.model.activity import (
    ACTIVITY_FIELDS,
    KIND_CLASSES,
    KIND_MEANINGS,
    KINDS,
    PROPS,
    Activity,
    conflicts,
    fact_order,
    in_fact_order,
    kind_priority,
)
from crmkit.model.consent import Consent, consent_at, consents_of
from crmkit.model.contact_role import BUYING_ROLES, ContactRole, account_activities
from crmkit.model.custom_fields import CustomField, check_fields
from crmkit.model.customer import (
    CUSTOMER_FIELDS,
    Account,
    Contact,
    ContactPoint,
    Customer,
    Provenance,
    fields_of,
)
from crmkit.model.identity import ActivityId, CustomerId, ProductId, RecordId, derive_id
from crmkit.model.instants import from_micros, instant, to_micros
from crmkit.model.money import Money, format_minor
from crmkit.model.profile import MEASURES, PROFILE_FIELDS, Profile, read
from crmkit.model.record import FIELD_NAMES, FIELDS, ORGANISATION, PERSON, Place, Record
from crmkit.model.relation import RELATION_KINDS, Relation, related
from crmkit.model.tag import Tag, tag_names
from crmkit.model.values import Fields, FieldValue, Scalar, frozen_fields

if TYPE_CHECKING:
    from crmkit.model.columns import ActivityColumns, columns_from, columns_of
    from crmkit.model.custom_objects import CustomObject, CustomStatus, check_objects
    from crmkit.model.documents import (
        digest,
        fields_from_json,
        fields_to_json,
        from_json,
        make_converter,
        to_json,
    )
    from crmkit.model.money_reading import parse_minor
    from crmkit.model.product import Product

_LAZY = {
    "ActivityColumns": "columns",
    "CustomObject": "custom_objects",
    "CustomStatus": "custom_objects",
    "Product": "product",
    "check_objects": "custom_objects",
    "columns_from": "columns",
    "columns_of": "columns",
    "digest": "documents",
    "fields_from_json": "documents",
    "fields_to_json": "documents",
    "from_json": "documents",
    "make_converter": "documents",
    "parse_minor": "money_reading",
    "to_json": "documents",
}

__all__ = [
    "ACTIVITY_FIELDS",
    "BUYING_ROLES",
    "CUSTOMER_FIELDS",
    "FIELDS",
    "FIELD_NAMES",
    "KINDS",
    "KIND_CLASSES",
    "KIND_MEANINGS",
    "MEASURES",
    "ORGANISATION",
    "PERSON",
    "PROFILE_FIELDS",
    "PROPS",
    "RELATION_KINDS",
    "Account",
    "Activity",
    "ActivityColumns",
    "ActivityId",
    "Consent",
    "Contact",
    "ContactPoint",
    "ContactRole",
    "CustomField",
    "CustomObject",
    "CustomStatus",
    "Customer",
    "CustomerId",
    "FieldValue",
    "Fields",
    "Money",
    "Place",
    "Product",
    "ProductId",
    "Profile",
    "Provenance",
    "Record",
    "RecordId",
    "Relation",
    "Scalar",
    "Tag",
    "account_activities",
    "check_fields",
    "check_objects",
    "columns_from",
    "columns_of",
    "conflicts",
    "consent_at",
    "consents_of",
    "derive_id",
    "digest",
    "fact_order",
    "fields_from_json",
    "fields_of",
    "fields_to_json",
    "format_minor",
    "from_json",
    "from_micros",
    "frozen_fields",
    "in_fact_order",
    "instant",
    "kind_priority",
    "make_converter",
    "parse_minor",
    "read",
    "related",
    "tag_names",
    "to_json",
    "to_micros",
]


def __getattr__(name: str) -> object:
    return lazily(__name__, _LAZY, name)
