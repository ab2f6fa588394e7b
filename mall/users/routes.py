"""The shopper's own resources over HTTP."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.limits import address, limited, principal
from mall.users import addresses, logging_in, phones, profile, queries, regions, schemas
from mall.users.contacts import Contact
from mall.users.models import Address

blp = Blueprint("users", __name__, url_prefix="/api/v1", description="登录、资料、收货地址、地区")

REGION_MAX_AGE_S = 3600


@blp.route("/sessions", methods=["POST"])
@access.public
@limited("shopper_login", by=address)
@blp.arguments(schemas.LoginSchema)
@blp.response(201, schemas.LoginAnswerSchema)
@blp.fails("login_code_invalid", "account_refused", "account_blocked", "wechat_unavailable")
@blp.fails("account_closed")
def log_in(body: dict[str, Any]) -> logging_in.Login:
    """Trade a wx.login code for a token; the first time makes the shopper."""
    return logging_in.log_in(body["code"], request.remote_addr or "", body.get("attribution"))


@blp.route("/sessions/current", methods=["DELETE"])
@access.shopper
@blp.response(204)
def log_out() -> None:
    """Log out here."""
    logging_in.log_out(current_shopper().token_id)


@blp.route("/sessions", methods=["DELETE"])
@access.shopper
@blp.response(204)
def log_out_everywhere() -> None:
    """Log out on every device."""
    logging_in.log_out_everywhere(current_shopper().user_id)


@blp.route("/me", methods=["GET"])
@access.shopper
@blp.response(200, schemas.ProfileSchema)
def me() -> dict[str, Any]:
    """The shopper's profile."""
    return _profile()


@blp.route("/me", methods=["PUT"])
@access.shopper
@blp.arguments(schemas.ProfileChangeSchema)
@blp.response(200, schemas.ProfileSchema)
@blp.fails("wechat_visit_too_old", "wechat_unavailable", "nickname_refused", "upload_gone")
def change_me(body: dict[str, str | None]) -> dict[str, Any]:
    """Set nickname or picture; a new nickname passes WeChat's content check first."""
    profile.update_profile(current_shopper(), body)
    return _profile()


@blp.route("/me/phone", methods=["PUT"])
@access.shopper
@limited("phone_code", by=principal)
@blp.arguments(schemas.PhoneCodeSchema)
@blp.response(200, schemas.ProfileSchema)
@blp.fails("phone_code_invalid", "wechat_unavailable")
def set_phone(body: dict[str, str]) -> dict[str, Any]:
    """Verify the phone by a getPhoneNumber code."""
    profile.set_phone(current_shopper(), body["code"])
    return _profile()


@blp.route("/me/phone", methods=["DELETE"])
@access.shopper
@blp.response(204)
def forget_phone() -> None:
    """Erase the phone."""
    profile.forget_phone(current_shopper().user_id)


@blp.route("/addresses", methods=["GET"])
@access.shopper
@blp.response(200, schemas.AddressListSchema)
def list_addresses() -> dict[str, Any]:
    """All addresses (at most 20), the default first."""
    found = queries.addresses(db.session(), current_shopper().user_id)
    return {"items": [_shown(address) for address in found]}


@blp.route("/addresses", methods=["POST"])
@access.shopper
@blp.arguments(schemas.AddressInSchema)
@blp.response(201, schemas.AddressSchema)
@blp.fails("too_many_addresses", "unknown_region")
def add_address(body: dict[str, Any]) -> dict[str, Any]:
    """Keep a new address; the first one becomes the default."""
    return _address(addresses.add_address(current_shopper().user_id, _address_data(body)))


@blp.route("/addresses/<id:address_id>", methods=["GET"])
@access.shopper
@blp.response(200, schemas.AddressSchema)
@blp.fails("not_found")
def get_address(address_id: int) -> dict[str, Any]:
    """One address."""
    return _address(address_id)


@blp.route("/addresses/<id:address_id>", methods=["PUT"])
@access.shopper
@blp.arguments(schemas.AddressInSchema)
@blp.response(200, schemas.AddressSchema)
@blp.fails("not_found", "unknown_region")
def change_address(body: dict[str, Any], address_id: int) -> dict[str, Any]:
    """Replace an address."""
    addresses.change_address(current_shopper().user_id, address_id, _address_data(body))
    return _address(address_id)


@blp.route("/addresses/<id:address_id>", methods=["DELETE"])
@access.shopper
@blp.response(204)
@blp.fails("not_found")
def remove_address(address_id: int) -> None:
    """Erase an address."""
    addresses.remove_address(current_shopper().user_id, address_id)


@blp.route("/regions", methods=["GET"])
@access.public
@blp.arguments(schemas.RegionQuerySchema, location="query")
@blp.response(200, schemas.RegionListSchema)
def list_regions(query: dict[str, str | None]) -> Response:
    """The regions below one; may be kept for an hour."""
    found = regions.below(db.session(), query["parent"])
    response = jsonify(schemas.RegionListSchema().dump({"items": found}))
    response.cache_control.public = True
    response.cache_control.max_age = REGION_MAX_AGE_S
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


def _profile() -> dict[str, Any]:
    user = queries.user(db.session(), current_shopper().user_id)
    return {
        "id": user.id,
        "nickname": user.nickname,
        "avatar_url": user.avatar_url,
        "phone": phones.masked_phone(user),
        "created_at": user.created_at,
    }


def _address_data(body: dict[str, Any]) -> addresses.AddressData:
    contact = Contact(body["receiver"], body["phone"], body["detail"])
    return addresses.AddressData(contact, body["region_code"], body["is_default"])


def _address(address_id: int) -> dict[str, Any]:
    return _shown(queries.address(db.session(), current_shopper().user_id, address_id))


def _shown(address: Address) -> dict[str, Any]:
    contact = Contact.open(address.contact_sealed)
    return {
        "id": address.id,
        "receiver": contact.receiver,
        "phone": contact.phone,
        "region_code": address.region_code,
        "region_names": address.region_names,
        "detail": contact.detail,
        "is_default": address.is_default,
    }
