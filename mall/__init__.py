"""A Flask backend for WeChat mini-program malls. The app factory is `mall.application`.

The packages in the order of the layers: each may import those above it in this list, never
those below. `.importlinter` is the same list from the top, and shows which stand side by
side. Each feature declares itself in its `feature.py`; docs/adding-a-feature.md shows how.

The ground
    config       what the environment gives: addresses, secrets, sizes
    kernel       database, jobs, events, cache, HTTP conventions; knows no feature
    wechat       the client of WeChat's interfaces, and the simulator that stands for WeChat
    settings     what a shop owner decides, as data: typed, audited, without a restart
    staff        staff accounts, roles, permissions, the audit trail
    users        shoppers: login, profile, addresses, regions
    approvals    what one staff member asks for and another decides (four eyes)

The shop
    uploads      pictures and videos: receiving, keeping, serving
    drawing      pictures that workers draw: layouts, lettering, composing, the pool
    catalog      products, SKUs, categories, brands, search, imports
    inventory    stock: sellable, reserved, sold, and every movement
    pricing      the one pricing function: rules, lanes, adjustments, quotes
    cart         what a shopper means to buy
    orders       quoting, placing, states, closing, fulfilling, refund arithmetic
    shipping     parcels, carriers, freight, pick-up, the shipping report to WeChat
    payments     WeChat Pay: payments, refunds, the daily bill
    aftersales   refunds and returns that a shopper asks for, disputes
    messages     subscribe messages to shoppers, their inbox, pushes from WeChat

Marketing
    compliance   rules of law and platform that every campaign is asked about
    rewards      what the shop gives for what a shopper did, with budgets
    promotions   discounts and gifts by rules
    coupons      templates, claims, codes, use in orders
    payouts      money to shoppers, by merchant transfer or by hand
    boards       leaderboards: live ranks, frozen and auditable at their close
    points       a ledger of points; earning, spending, tills, lock-ups, the points mall
    prizes       goods given as rewards: claimed with an address, sent, or for sale again
    sharing      pages of the shop, shares of them, channels, who opened what
    missions     check-in, browsing, and the missions that staff compose of what shoppers do
    groupbuy     tiered group-buy: teams, their tiers, what members get back
    referral     who brought whom: attribution, ladders, commission, withdrawals
    reviews      reviews of bought goods, moderation, buyer show, questions and answers
    flashsale    flash sales: Redis admits, PostgreSQL decides
    lottery      published tables, chances, draws that anybody can compute again
    games        the growing pet, team races, the expanding red packet

Entry points
    doctor       asks what must always hold, shows what needs somebody
    console      the staff's pages: the admin API's commands and queries, in a browser
    wiring       the list of features
    application  the app factory
    cli          the `mall` command

Beside the layers
    runtime      keeps the servers of a laptop: PostgreSQL, Redis, web, worker
    tour         plays a shopper's story against a running mall, by HTTP only
    demo         the goods of the demo shop
    static       pages and scripts that are served as they are
"""

import gc

# Loading the mall makes a million objects, and nearly all of them stay: the collector would look
# through them for nothing, a seventh of each start. What is made then collects as usual.
gc.set_threshold(1_000_000, 10, 10)


def loaded() -> None:
    """From now on the collector looks every 20,000 objects; at Python's own pace (700) it would
    look far too often. Whoever makes an app that stays says so."""
    gc.set_threshold(20_000, 10, 10)
