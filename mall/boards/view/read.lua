-- A member's rank with those around, or a part of the list.
-- KEYS: members, ranks. ARGV: the id ('' for the list), the version that PostgreSQL has, how many
-- on each side; or '', the first of the list, how many.
-- Returns the state: 'ok' with size, rank (from 0; -1 without one), the first one's, and
-- those; or why nothing can be told: 'missing', 'restarted', 'torn', 'behind'.
local members, ranks = KEYS[1], KEYS[2]
local known = redis.call('HMGET', members, 'state', 'run', 'size')
if known[1] ~= 'ready' then return {'missing'} end
-- A server that was started again, or a replica in its place, may have lost what came last.
if string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') ~= known[2] then
  return {'restarted'}
end
local size = redis.call('ZCARD', ranks)
if size ~= tonumber(known[3]) then return {'torn'} end
if ARGV[1] == '' then
  local first = tonumber(ARGV[2])
  local found = redis.call('ZREVRANGE', ranks, first, first + ARGV[3] - 1, 'WITHSCORES')
  return {'ok', size, -1, first, found}
end
local version, bytes = string.match(redis.call('HGET', members, ARGV[1]) or '', '^(%d+)|(.*)$')
if not version or tonumber(version) < tonumber(ARGV[2]) then return {'behind'} end
if bytes == '' then return {'ok', size, -1, 0, {}} end
local rank = redis.call('ZREVRANK', ranks, bytes)
if not rank then return {'torn'} end
local first = math.max(rank - ARGV[3], 0)
local around = redis.call('ZREVRANGE', ranks, first, rank + ARGV[3], 'WITHSCORES')
return {'ok', size, rank, first, around}
