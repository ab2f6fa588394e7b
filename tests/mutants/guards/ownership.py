"""Whose it is: what a shopper reads and changes must be their own."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

OTHERS = ("tests/contract/test_other_shoppers.py",)
ADDRESSES = ("tests/users/test_addresses.py",)

MUTANTS = (
    Mutant(
        "an order goes to another shopper's address",
        "mall/users/queries.py",
        'Address.id == bindparam("address_id"), Address.user_id == bindparam("user_id")',
        'Address.id == bindparam("address_id"), bindparam("user_id", 0) > 0',
        ("tests/orders/test_placing.py::test_another_shoppers_address_is_not_found",),
    ),
    Mutant(
        "another shopper's address is read",
        "mall/users/queries.py",
        "select(Address).where(Address.id == address_id, Address.user_id == user_id)",
        "select(Address).where(Address.id == address_id)",
        (
            "tests/contract/test_other_shoppers.py"
            "::test_another_shoppers_thing_is_not_found[users.get_address-address_of_another]",
        ),
    ),
    Mutant(
        "another shopper's address is changed",
        "mall/users/addresses.py",
        ".where(Address.id == address_id, Address.user_id == user_id)\n            .values",
        ".where(Address.id == address_id)\n            .values",
        (
            "tests/contract/test_other_shoppers.py"
            "::test_another_shoppers_thing_is_not_found[users.change_address-address_of_another]",
        ),
    ),
    Mutant(
        "another shopper's address is removed",
        "mall/users/addresses.py",
        ".where(Address.id == address_id, Address.user_id == user_id)\n            .returning",
        ".where(Address.id == address_id)\n            .returning",
        (
            "tests/contract/test_other_shoppers.py"
            "::test_another_shoppers_thing_is_not_found[users.remove_address-address_of_another]",
        ),
    ),
    Mutant(
        "all shoppers' default addresses are cleared",
        "mall/users/addresses.py",
        ".where(Address.user_id == user_id, Address.is_default)",
        ".where(Address.is_default)",
        ADDRESSES,
    ),
    Mutant(
        "more addresses than a shopper may have",
        "mall/users/addresses.py",
        "        if count and count >= MOST:\n            raise TooManyAddresses\n",
        "",
        ADDRESSES,
    ),
    Mutant(
        "a flash order goes to another shopper's address",
        "mall/users/queries.py",
        "ON a.id = wanted.address_id AND a.user_id = wanted.user_id",
        "ON a.id = wanted.address_id",
        ("tests/flashsale/test_batches.py",),
        "what is found is looked up by shopper and address: `another_shoppers_address_is_none`",
    ),
    Mutant(
        "another shopper's order is paid, cancelled, asked back",
        "mall/orders/locking.py",
        '_lock_where("order_no = :order_no AND user_id = :user_id")',
        '_lock_where("order_no = :order_no AND :user_id > 0")',
        ("tests/journeys/test_payments.py",),
    ),
    Mutant(
        "another shopper's order is read",
        "mall/orders/queries.py",
        "if order is None or (user_id is not None and order.user_id != user_id):",
        "if order is None:",
        (
            "tests/contract/test_other_shoppers.py"
            "::test_another_shoppers_thing_is_not_found[orders.read_order-paid_order_of_another]",
        ),
    ),
    Mutant(
        "another shopper's order is confirmed",
        "mall/orders/fulfilling.py",
        "if order is None or order.user_id != user_id:",
        "if order is None:",
        (
            "tests/contract/test_other_shoppers.py"
            "::test_another_shoppers_thing_is_not_found[orders.confirm-paid_order_of_another]",
            "tests/contract/test_other_shoppers.py"
            "::test_another_shoppers_thing_is_not_found[orders.confirm-unpaid_order_of_another]",
        ),
    ),
    Mutant(
        "another shopper's after-sale is changed",
        "mall/aftersales/locking.py",
        "        of_sale = of_sale.where(AfterSale.user_id == user_id)\n",
        "        pass\n",
        ("tests/aftersales/test_applying.py::test_nobody_acts_on_anothers_after_sale",),
    ),
    Mutant(
        "units are put in another shopper's cart line",
        "mall/cart/commands.py",
        "UPDATE cart_lines SET quantity = :quantity WHERE user_id = :user_id AND sku_id",
        "UPDATE cart_lines SET quantity = :quantity WHERE :user_id > 0 AND sku_id",
        ("tests/cart/test_cart.py",),
    ),
    Mutant(
        "all shoppers' carts are taken",
        "mall/cart/commands.py",
        "DELETE FROM cart_lines WHERE user_id = :user_id RETURNING",
        "DELETE FROM cart_lines WHERE :user_id > 0 RETURNING",
        ("tests/cart/test_cart.py", "tests/orders/test_placing.py"),
    ),
    Mutant(
        "other shoppers' lines of a SKU are taken",
        "mall/cart/commands.py",
        "DELETE FROM cart_lines WHERE user_id = :user_id AND sku_id IN",
        "DELETE FROM cart_lines WHERE :user_id > 0 AND sku_id IN",
        ("tests/cart/test_cart.py", "tests/orders/test_placing.py"),
    ),
    Mutant(
        "a cart holds more units than are left",
        "mall/cart/commands.py",
        "    if quantity > left:\n        raise OutOfStock(sku_id, left)\n",
        "    return\n",
        ("tests/cart/test_cart.py",),
    ),
    Mutant(
        "a cart holds more lines than it may",
        "mall/cart/commands.py",
        "WHERE free.slot <= {MAX_LINES} AND free.slot NOT IN",
        "WHERE free.slot NOT IN",
        ("tests/cart/test_cart.py",),
    ),
)
