"""What may be refused."""

from __future__ import annotations

from mall.kernel.errors import Conflict


class BirthdayDiscountUsed(Conflict):
    """The shopper had the discount of this year already."""

    code = "birthday_discount_used"
    message = "今年的生日优惠已使用"
