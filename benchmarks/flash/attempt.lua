-- wrk's side: one request after another from a file, each sent once.
-- args: file of "token key item shopper" lines, path with %s for the item
local requests, at = {}, 0
doubled = 0  -- global: read from the main thread
local shape = table.concat({
  "POST %s HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
  "Content-Length: 28", "Flash-Pass: %s", "Flash-Device: bench-device", "Idempotency-Key: %s",
  "X-Shopper: %s", "", '{"units":1,"address_id":"77"}',
}, "\r\n"):gsub("28", tostring(#'{"units":1,"address_id":"77"}'))
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  for line in io.lines(args[1]) do
    local token, key, item, shopper = line:match("(%S+) (%S+) (%S+) (%S+)")
    local path = args[2]:gsub("ITEM", item)
    requests[#requests + 1] = shape:format(path, token, key, shopper)
  end
end

function request()
  at = at + 1
  if at > #requests then  -- none is left: what is sent from now on would be a repeat
    at, doubled = 1, doubled + 1
    wrk.thread:stop()
  end
  return requests[at]
end

function done(summary, latency)
  local again = 0
  for _, thread in ipairs(threads) do again = again + thread:get("doubled") end
  io.write(string.format(
    '\n{"requests":%d,"us":%d,"refused":%d,"broken":%d,"p50_us":%d,"p99_us":%d,"again":%d}\n',
    summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), again))
end
