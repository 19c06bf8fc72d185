"""Kinds: what sources call the kinds of parties and activities, in English and in Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from crmkit.errors import InvalidValue, suggestion
from crmkit.model import ORGANISATION, PERSON

_PARTY_WORDS: Final = {
    PERSON: "person individual private consumer contact 个人 个人客户 自然人",
    ORGANISATION: "organisation organization company business corporate firm account 企业 企业客户 公司 "
    "单位 机构 法人",
}
_ACTIVITY_WORDS: Final = {
    "purchase": "order ordered sale sold buy bought checkout transaction 购买 下单 消费 订单 成交 交易 购物",
    "refund": "refunded return returned chargeback 退款 退货 退单",
    "signup": "sign_up register registered registration join joined 注册 入会",
    "page_view": "pageview view viewed visit visited 浏览 访问 页面浏览",
    "article_view": "article_read 阅读文章",
    "follow": "followed subscribe subscribed 关注",
    "unfollow": "unfollowed 取消关注 取关",
    "complaint": "complain complained 投诉",
    "support_request": "ticket support 咨询 售后 报修",
    "contact_left": "contact_form form_submitted 留资",
    "event_attended": "attended event_attendance 参加活动",
    "use": "used usage login check_in 使用 登录 打卡",
    "consent_granted": "opt_in 同意",
    "consent_withdrawn": "opt_out 撤回同意",
    "unsubscribed": "unsubscribe 退订",
    "blocked": "block 拉黑",
    "send": "sent 发送",
    "opened": "open 打开",
    "clicked": "click 点击",
    "bounced": "bounce 退信",
    "contract_start": "contract_started 合同开始 签约开始",
    "contract_end": "contract_ended 合同结束 到期",
    "renewal": "renew renewed 续费 续约 续签",
    "signed": "won closed_won 签约",
    "touch": "touched contacted 触达",
    "referral": "referred 推荐 老带新",
}
_PARTY: Final = {word: kind for kind, text in _PARTY_WORDS.items() for word in text.split()}
_ACTIVITY: Final = {word: kind for kind, text in _ACTIVITY_WORDS.items() for word in text.split()}
_GAP = re.compile(r"[\W_]+")


def party_kind(text: str) -> str | None:
    """Return "person" or "organisation" for what a source calls them, or None if it means neither."""
    return _PARTY.get(_word(text))


def activity_kind(text: str, kinds: Collection[str]) -> str:
    """Return the kind of activity that *text* means: one of *kinds*, as it is or by a common other word.

    Raises:
        InvalidValue: If it means none; the closest is offered, and *text* is not repeated.
    """
    if text in kinds:
        return text
    word = _word(text)
    kind = word if word in kinds else _ACTIVITY.get(word)
    if kind is None or kind not in kinds:
        raise InvalidValue(f"no activity kind is called so. {suggestion(text, kinds)}")
    return kind


def _word(text: str) -> str:
    return _GAP.sub("_", unicodedata.normalize("NFKC", text).casefold()).strip("_")
