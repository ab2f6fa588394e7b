-- Takes rows of scores into a view, each if it is newer than what the view has. Safe to repeat.
-- KEYS: members, ranks. ARGV: the token of a build ('' for a change), then id, value, score, ...
-- Returns how many were new; -1 when there is no view, or another build has begun.
local members, ranks, token = KEYS[1], KEYS[2], ARGV[1]
local state = redis.call('HGET', members, 'state')
if not state or (token ~= '' and state ~= token) then return -1 end
local function parts(value)
  local version, bytes = string.match(value, '^(%d+)|(.*)$')
  return tonumber(version), bytes
end
local grown, taken = 0, 0
for i = 2, #ARGV, 3 do
  local id, value, score = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local version, bytes = parts(value)
  local old = redis.call('HGET', members, id)
  local old_version, old_bytes = 0, ''
  if old then old_version, old_bytes = parts(old) end
  if old_version < version then
    if old_bytes ~= '' then grown = grown - redis.call('ZREM', ranks, old_bytes) end
    if bytes ~= '' then grown = grown + redis.call('ZADD', ranks, score, bytes) end
    redis.call('HSET', members, id, value)
    taken = taken + 1
  end
end
if grown ~= 0 then redis.call('HINCRBY', members, 'size', grown) end
return taken
