-- What every script shares. A script gets KEYS[1], a key in the bucket, and ARGV[1], the bucket's
-- base ("hf:{3f}:"): every other key it touches is made from that base, so all are in one slot.
-- Replies begin with the store's clock in ms and a status word.
-- Numbers go into commands as they are: Redis writes whole ones of up to 17 digits as such.
local base = ARGV[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
now = now - now % 1
local function reply(...) return {now, ...} end
