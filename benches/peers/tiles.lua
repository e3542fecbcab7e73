-- A client for wrk: asks for the addresses of a list in order, once (ROUNDS=1) or over and over, and prints one line of JSON.
-- wrk -t1 -c CLIENTS -d 1h -s tiles.lua URL -- LIST ROUNDS
local ffi = require("ffi")
ffi.cdef("int kill(int pid, int signal); int getpid(void);")
local SIGINT = 2
local paths, rounds, asked = {}, 1, 0

function init(arguments)
  for path in io.lines(arguments[1]) do
    paths[#paths + 1] = wrk.format("GET", path, { ["Accept-Encoding"] = "gzip" })
  end
  rounds = tonumber(arguments[2])
end

function request()
  asked = asked + 1
  return paths[(asked - 1) % #paths + 1]
end

local answered = 0
function response()
  answered = answered + 1
  if answered >= rounds * #paths then
    wrk.thread:stop()
    -- wrk itself sleeps for the duration that it was given, unless it is interrupted.
    ffi.C.kill(ffi.C.getpid(), SIGINT)
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "bytes": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, "failed": %d}\n',
    summary.requests, summary.bytes, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
