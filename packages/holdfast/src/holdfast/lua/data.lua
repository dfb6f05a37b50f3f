-- Applies intents to the data of a session. Values are JSON texts and stay so, byte for byte: a
-- list is split and spliced as text, since a decoder would turn [] into {} and round integers.

-- Whether a condition admits the tag or version `current`: it is one of the entries between commas,
-- or, where it begins with "!", none of them (conditions.py).
local function holds(condition, current)
  local listed = string.find(',' .. condition .. ',', ',' .. current .. ',', 1, true) ~= nil
  return listed ~= (string.byte(condition) == 33)  -- "!"
end

-- The new text, false where there is none any longer, or nil when the change does not fit the old.
local function changed(op, old, value)
  if op == 'set' then return value end
  if op == 'delete' then return false end
  if op == 'increment' then
    local most = 9007199254740991
    local digits = string.match(old or '0', '^[ \t\r\n]*%-?(%d+)[ \t\r\n]*$')
    if not digits or string.find(digits, '^0.') then return nil end
    local before = tonumber(old or 0)
    local after = before + tonumber(value)
    if before > most or before < -most or after > most or after < -most then return nil end
    return after == 0 and '0' or string.format('%.0f', after)
  end
  -- Here, for few need it.
  --@ lists
  if op == 'append' then return append(old, value) end
  if op == 'add' then return add(old, value) end
  return remove(old, value)
end

-- Works out all intents at ARGV[from] before anything is written: nil, the staged values by name
-- (false: deleted), their names in order and by how much that changes what the session holds, as
-- fields to write; or what to answer instead.
-- At ARGV[from]: value, session and name limits, then (op, name, value, condition) each. `m`: the
-- record, with the values that are there (by ":" and name), and how much it holds.
local function stage(from, m)
  local most, staged, names, grows, bytes, more = tonumber(ARGV[from]), {}, {}, false, 0, 0
  for i = from + 3, #ARGV, 4 do
    local name, condition = ARGV[i + 1], ARGV[i + 3]
    local original, old = m[':' .. name] or false, staged[name]
    if old == nil then
      old = original
      names[#names + 1] = name
    end
    if condition ~= '' and not holds(condition, original and redis.sha1hex(original) or '-') then
      return {'conflict', name}
    end
    local new = changed(ARGV[i], old, ARGV[i + 2])
    if new == nil then return {'wrong-kind', name} end
    if new and #new > most then return {'quota', 'value'} end
    if new then bytes, more, grows = bytes + #name + #new, more + 1, true end
    if old then bytes, more = bytes - #name - #old, more - 1 end
    staged[name] = new
  end
  local size, count = tonumber(m.z or 0) + bytes, tonumber(m.q or 0) + more
  if grows and count > tonumber(ARGV[from + 2]) then return {'quota', 'names'} end
  if grows and size > tonumber(ARGV[from + 1]) then return {'quota', 'session'} end
  local set = {}
  if bytes ~= 0 then set[1], set[2] = 'z', size end
  if more ~= 0 then set[#set + 1], set[#set + 2] = 'q', count end
  return nil, staged, names, set
end

-- Adds the staged values to the fields to write; returns the fields that go.
local function sorted_out(staged, names, set)
  local gone = {}
  for i = 1, #names do
    local field, value = ':' .. names[i], staged[names[i]]
    if value then set[#set + 1], set[#set + 2] = field, value else gone[#gone + 1] = field end
  end
  return gone
end
