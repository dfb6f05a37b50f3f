-- Replaces what is at a key, wholly or not at all, although Redis undoes nothing of a script that
-- fails: the new hash is made beside it and renamed. Until then a command that Redis refuses has
-- changed nothing, and the commands before the RENAME are allowed behind it, too.
local beside = base .. 's:-'
--@ expire
-- DEL comes first. With memory full the first denied write fails a script, and after an allowed one
-- the rest is let through.
local function prepare(at, ...)
  redis.call('DEL', beside)
  redis.call('HSET', beside, ...)
  expire(beside, at)
end

local function place(key, at, ...)
  prepare(at, ...)
  redis.call('RENAME', beside, key)
end
