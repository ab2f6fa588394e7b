-- One purchase attempt at the gate: all of its checks, then all of its effects, or none.
--
-- KEYS  gate, held, stream[, held of the session]
-- ARGV  user, digest (8 bytes of the key, 4 of the body), units, address,
--       flags (1: new customer), session of the purchase token
-- Gives '+epoch-seq' (admitted), '=epoch-seq' (this key was admitted before), else the
-- refusal's code; 'short' means fewer units left than wanted, but not none.
redis.replicate_commands()  -- the clock is read before something is written (Redis 6)
local gate = redis.call('HMGET', KEYS[1], 'run', 'session', 'state', 'starts', 'ends',
  'audience', 'limit', 'session_limit', 'left', 'seq', 'queued', 'epoch')
-- A gate that is missing, or that was written to another server (before a restart, a restore or
-- a failover), is neither empty nor unlimited: it is closed.
if not gate[1] or gate[1] ~= redis.call('INFO', 'server'):match('run_id:(%x+)') then
  return 'gate_closed'
end
if gate[2] ~= ARGV[6] then return 'pass_invalid' end
local state = gate[3]
if state == 'closed' then return 'gate_closed' end

local record = redis.call('HGET', KEYS[2], ARGV[1])
local holds, tickets, kept = 0, 0, {}
if record then
  local at = 1
  while at <= #record do
    local epoch, seq, digest, units, now, note
    local from = at
    epoch, seq, digest, units, now, note, at = struct.unpack('<I4I4c12HBBc0', record, at)
    if digest:sub(1, 8) == ARGV[2]:sub(1, 8) then
      if digest ~= ARGV[2] then return 'idempotency_key_reused' end
      return '=' .. epoch .. '-' .. seq
    end
    if now <= 2 then
      holds = holds + units
      kept[#kept + 1] = record:sub(from, at - 1)
    end
    tickets = tickets + 1
  end
end

if state ~= 'open' then return state end
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
if now_ms < tonumber(gate[4]) then return 'not_started' end
if now_ms >= tonumber(gate[5]) then return 'ended' end
if gate[6] == 'new_customers' and ARGV[5] % 2 == 0 then return 'not_eligible' end
local units, left = tonumber(ARGV[3]), tonumber(gate[9])
if holds + units > tonumber(gate[7]) then return 'limit_reached' end
if KEYS[4] then
  local in_session = tonumber(redis.call('HGET', KEYS[4], ARGV[1]) or 0)
  if in_session + units > tonumber(gate[8]) then return 'limit_reached' end
end
if left <= 0 then return 'sold_out' end
if left < units then return 'short' end

local seq, epoch = gate[10] + 1, gate[12]
local ticket = struct.pack('<I4I4c12HBB', epoch, seq, ARGV[2], units, 1, 0)
if tickets >= 16 then record = table.concat(kept) end  -- forget what holds nothing
redis.call('HSET', KEYS[1], 'left', left - units, 'seq', seq, 'queued', gate[11] + units)
redis.call('HSET', KEYS[2], ARGV[1], (record or '') .. ticket)
if KEYS[4] then redis.call('HINCRBY', KEYS[4], ARGV[1], units) end
redis.call('XADD', KEYS[3], '*', 'e', epoch, 's', seq, 'u', ARGV[1], 'n', units,
  'a', ARGV[4], 'k', ARGV[2], 'f', ARGV[5])
return '+' .. epoch .. '-' .. seq
