-- Write down what became of tickets that the worker has dealt with, and take them from the
-- stream. Doing it again changes nothing.
--
-- KEYS  gate, held, stream[, held of the session]
-- ARGV  group, then for each: entry id, user, epoch, seq, state (2 ordered, 3 failed), note
-- Gives how many tickets changed.
local changed, exists = 0, redis.call('EXISTS', KEYS[1]) == 1

local function settle(user, epoch, seq, becomes, note)
  local record = redis.call('HGET', KEYS[2], user)
  local at = 1
  while record and at <= #record do
    local from = at
    local its_epoch, its_seq, digest, units, state, its_note
    its_epoch, its_seq, digest, units, state, its_note, at =
      struct.unpack('<I4I4c12HBBc0', record, at)
    if its_epoch == epoch and its_seq == seq then
      if state ~= 1 then return end
      local ticket = struct.pack('<I4I4c12HBB', epoch, seq, digest, units, becomes, #note) .. note
      redis.call('HSET', KEYS[2], user, record:sub(1, from - 1) .. ticket .. record:sub(at))
      redis.call('HINCRBY', KEYS[1], 'queued', -units)
      if becomes == 3 then
        redis.call('HINCRBY', KEYS[1], 'left', units)
        if KEYS[4] then redis.call('HINCRBY', KEYS[4], user, -units) end
      end
      changed = changed + 1
      return
    end
  end
end

for i = 2, #ARGV, 6 do
  if exists then
    settle(ARGV[i + 1], tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4]),
      ARGV[i + 5])
  end
  redis.call('XACK', KEYS[3], ARGV[1], ARGV[i])
  redis.call('XDEL', KEYS[3], ARGV[i])
end
return changed
