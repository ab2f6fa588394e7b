"""Tiered group-buy (阶梯拼团): the more join a team, the less all of them pay.

The parts, each of which may know those above it:

    settings     what a shop owner decides for all activities
    activities   what staff plan: an activity, its tiers, the stock that is set aside for it
    teams        a team, its seats, its states; whose history it is
    circles      a leader's active circle, and the tier set that it is offered first
    orders       opening, joining and leaving a team: orders of kind `groupbuy`
    settlement   what becomes of each member's order: held goods go, differences and failed
                 teams' money come back
    pages        what shoppers see: the product's prices, teams to join, a team's own page
    desk         what staff see and do by hand: lists, figures, forming and failing a team
    reminders    messages to members
    bringing     a leader's reward for new shoppers
    advice       which tiers the shop's own history speaks for
"""
