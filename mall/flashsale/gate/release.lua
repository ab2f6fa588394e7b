-- Give a ticket's units and its shopper's allowance back, once.
--
-- KEYS  gate, held, stream[, held of the session]
-- ARGV  user, epoch, seq
-- Gives 1, or 0 when the ticket holds nothing (any more).
local record = redis.call('HGET', KEYS[2], ARGV[1])
if not record or redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local at = 1
while at <= #record do
  local from = at
  local epoch, seq, digest, units, state, note
  epoch, seq, digest, units, state, note, at = struct.unpack('<I4I4c12HBBc0', record, at)
  if epoch == tonumber(ARGV[2]) and seq == tonumber(ARGV[3]) then
    if state > 2 then return 0 end
    local changed = struct.pack('<I4I4c12HBB', epoch, seq, digest, units, 4, #note) .. note
    redis.call('HSET', KEYS[2], ARGV[1], record:sub(1, from - 1) .. changed .. record:sub(at))
    redis.call('HINCRBY', KEYS[1], 'left', units)
    if state == 1 then redis.call('HINCRBY', KEYS[1], 'queued', -units) end
    if KEYS[4] then redis.call('HINCRBY', KEYS[4], ARGV[1], -units) end
    return 1
  end
end
return 0
