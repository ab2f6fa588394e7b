-- Change what is left of one part of an item by a number of units, never below none.
--
-- KEYS  gate
-- ARGV  epoch, units (negative: taken away)
-- Gives 1, or 0 when there aren't so many, or the gate is another one by now.
local gate = redis.call('HMGET', KEYS[1], 'epoch', 'left')
if gate[1] ~= ARGV[1] or gate[2] + ARGV[2] < 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'left', ARGV[2])
return 1
