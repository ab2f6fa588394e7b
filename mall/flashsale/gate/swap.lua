-- Replace the gate that is there by a staged one.
--
-- KEYS  gate, held, stream, staged held
-- ARGV  epoch, run id of this server, when the keys expire (ms), then the gate's fields and values
-- Gives 1, or 0 when this server already has a gate of a later epoch.
local there = redis.call('HMGET', KEYS[1], 'epoch', 'run')
if there[2] == ARGV[2] and tonumber(there[1]) > tonumber(ARGV[1]) then
  redis.call('UNLINK', KEYS[4])
  return 0
end
redis.call('UNLINK', KEYS[1], KEYS[2])
if redis.call('EXISTS', KEYS[4]) == 1 then redis.call('RENAME', KEYS[4], KEYS[2]) end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'run', ARGV[2], unpack(ARGV, 4))
for i = 1, 3 do redis.call('PEXPIREAT', KEYS[i], ARGV[3]) end
return 1
