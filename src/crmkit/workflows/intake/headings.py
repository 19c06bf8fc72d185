"""Headings: what people call a column, in English and in Chinese.

The order of the words is their rank: where two columns could be one field,
the one whose heading comes first is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_RECORD_WORDS: Final = {
    "id": "record_id unique_id rec_id id uuid customer_id cust_id client_id contact_id user_id member_id "
    "lead_id customer_no 编号 记录编号 客户编号 客户id 客户号 会员编号 会员号 会员id 会员卡号 用户id "
    "用户编号 线索编号 买家id",
    "source": "source_system data_source source 数据来源 来源系统",
    "kind": "party_kind record_kind kind entity_type customer_type type 主体类型 客户性质 客户类型 类型",
    "recorded_at": "recorded_at updated_at last_updated last_modified modified_at update_time created_at "
    "create_time 更新时间 修改时间 最后更新时间 创建时间 录入时间 注册时间",
    "name": "name full_name customer_name contact_name display_name 姓名 客户姓名 客户名称 联系人 "
    "联系人姓名 会员姓名 真实姓名 收货人 名称",
    "given_name": "given_name first_name forename fname 名 名字",
    "family_name": "family_name last_name surname lname 姓 姓氏",
    "born_on": "born_on date_of_birth birth_date dob birthday 出生日期 出生年月日 生日",
    "gender": "gender sex 性别",
    "language": "language preferred_language lang locale 语言",
    "zone": "zone time_zone tz 时区",
    "email": "email e_mail mail email_address mail_address customer_email contact_email 邮箱 电子邮箱 "
    "电子邮件 邮件 邮箱地址 邮件地址",
    "phone": "phone mobile mobile_phone cell cell_phone telephone tel phone_number mobile_number "
    "telephone_number contact_number home_phone work_phone msisdn 手机 手机号 手机号码 电话 电话号码 "
    "联系电话 联系方式 移动电话 固定电话 座机",
    "wechat": "wechat wechat_unionid unionid wechat_openid openid wechat_id weixin 微信 微信号 微信id",
    "device": "device device_id imei idfa 设备 设备号 设备id",
    "address": "address street_address street_number street address_line address_line_1 address_line_2 "
    "address_1 address_2 addr 地址 详细地址 联系地址 收货地址 通讯地址 街道",
    "city": "city town suburb locality 城市 所在城市 市",
    "region": "region state province county 省 省份 所在省 地区 州",
    "postcode": "postcode postal_code zip zip_code 邮编 邮政编码",
    "country": "country country_code 国家 国别",
    "company": "company company_name organisation organization employer account_name business_name firm "
    "公司 公司名称 企业 企业名称 单位 单位名称 工作单位",
    "job_title": "job_title position job occupation title 职位 职务 岗位 职称",
    "industry": "industry sector 行业 所属行业",
    "size": "size company_size employees employee_count number_of_employees headcount 员工数 员工人数 "
    "公司规模 规模",
    "ceo": "ceo chief_executive legal_representative 法定代表人 法人 负责人",
    "legal_status": "legal_status legal_form 企业类型 公司类型 经营状态",
    "needs": "needs need requirements demand 需求 客户需求 需求信息",
    "source_channel": "source_channel lead_source acquisition_channel utm_source channel 来源渠道 渠道来源 "
    "客户来源 线索来源 渠道 来源",
}

_ACTIVITY_WORDS: Final = {
    "id": "activity_id event_id transaction_id id uuid 流水号 交易号 交易流水号 事件编号",
    "customer_id": "customer_id customer cust_id client_id user_id member_id contact_id record_id unique_id "
    "visitor_id buyer_id customer_no 客户编号 客户id 客户号 会员编号 会员号 会员id 会员卡号 用户id "
    "用户编号 买家id 客户",
    "kind": "kind activity_kind activity_type activity event_type event_name event action type 行为类型 "
    "活动类型 事件类型 交易类型 行为 事件 类型",
    "at": "at occurred_at order_time ordered_at order_date purchase_date purchased_at invoice_date "
    "transaction_date transaction_time event_time activity_date paid_at payment_time timestamp "
    "datetime date_time time date created_at 下单时间 订单时间 订单日期 购买时间 购买日期 消费时间 "
    "消费日期 成交时间 交易时间 交易日期 付款时间 支付时间 发生时间 创建时间 时间 日期",
    "amount_minor": "amount_minor amount_cents amount_in_cents 金额分",
    "amount": "amount net_amount paid_amount amount_paid line_total line_amount total revenue sales "
    "sales_amount spend paid payment monetary value 实付金额 实收金额 付款金额 支付金额 成交金额 "
    "消费金额 交易金额 应付金额 金额 总价 小计",
    "order_amount": "order_amount order_total order_value 订单金额 订单总额 订单总价 订单实付金额",
    "currency": "currency currency_code 币种 货币",
    "quantity": "quantity qty units 数量 购买数量 件数",
    "unit_price": "unit_price price item_price price_each 单价 商品单价 价格",
    "order_id": "order_id order_no order_number order_nr order invoice_no invoice_id invoice_number invoice "
    "receipt_no 订单号 订单编号 订单id 单号 发票号 小票号",
    "product_id": "product_id sku stock_code product_code item_id item_code 商品编号 商品编码 商品id 货号",
    "channel": "channel sales_channel store 渠道 销售渠道 门店 店铺",
    "account_id": "account_id account company_id 企业编号 公司编号",
    "source": "source_system data_source source 数据来源 来源系统",
    "sequence": "sequence seq",
    "recorded_at": "recorded_at loaded_at ingested_at 录入时间 入库时间",
    "cost_minor": "cost_minor cost_cents",
    "cost": "cost total_cost 成本",
    "guests": "guests party_size covers 人数 用餐人数 就餐人数",
}

SEVERAL: Final = frozenset(("email", "phone", "wechat", "device", "address"))
"""Fields that may be spread over several columns: phone 1, phone 2, mobile."""

_REMARK = re.compile(r"[(\[【].*?[)\]】]")
_COUNTER = re.compile(r"\d+$")


def heading(text: str) -> str:
    """Return the form in which headings are compared: letters and digits only, no case, no remarks.

    >>> heading("Customer ID"), heading("金额（元）"), heading("e-mail")
    ('customerid', '金额', 'email')
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    bare = "".join(one for one in _REMARK.sub("", plain) if one.isalnum())
    return bare or "".join(one for one in plain if one.isalnum())


def _ranked(words: Mapping[str, str]) -> dict[str, dict[str, int]]:
    return {
        field: {heading(word): rank for rank, word in enumerate(text.split())}
        for field, text in words.items()
    }


RECORD_HEADINGS: Final = _ranked(_RECORD_WORDS)
"""For each field of a record: the headings it goes by, and their rank, 0 first."""

ACTIVITY_HEADINGS: Final = _ranked(_ACTIVITY_WORDS)
"""For each field of an activity: the headings it goes by, and their rank, 0 first."""


def rank(column: str, field: str, headings: Mapping[str, Mapping[str, int]]) -> int | None:
    """Return how well *column* names *field*, 0 best, or None if it does not.

    A counter at the end ("phone 2") is read over where a field may have several columns.
    """
    words = headings[field]
    name = heading(column)
    if name not in words and field in SEVERAL:
        name = _COUNTER.sub("", name)
    return words.get(name)
