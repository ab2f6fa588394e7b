-- A build is done: the view may be read as long as this very server runs.
-- KEYS: members, ranks. ARGV: the token of the build. Returns 0 when another one has begun.
if redis.call('HGET', KEYS[1], 'state') ~= ARGV[1] then return 0 end
local info = redis.call('INFO', 'server')
redis.call('HSET', KEYS[1], 'state', 'ready', 'run', string.match(info, 'run_id:(%x+)'))
return 1
