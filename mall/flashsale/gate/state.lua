-- Set a gate's state; a gate that is missing stays missing.
--
-- KEYS  gate
-- ARGV  state
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'state', ARGV[1])
return 1
