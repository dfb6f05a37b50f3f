-- Applies intents to the data of a session. Values are JSON texts and stay so, byte for byte: a
-- list is split and spliced as text, since a decoder would turn [] into {} and round integers.
local MAX_SAFE = 9007199254740991

-- The texts of a JSON list's elements, or nil when the text is no list.
local function elements(text)
  local first = string.find(text, '%S')
  if not first or string.sub(text, first, first) ~= '[' then return nil end
  local list, depth, from, at = {}, 0, first + 1, first
  local function take(to)
    local element = string.match(string.sub(text, from, to), '^%s*(.-)%s*$')
    if element ~= '' then list[#list + 1] = element end
    from = to + 2
  end
  while at do
    local c = string.sub(text, at, at)
    if c == '"' then
      at = at + 1
      while true do
        at = string.find(text, '["\\]', at)
        if not at then return nil end
        if string.sub(text, at, at) == '"' then break end
        at = at + 2
      end
    elseif c == '[' or c == '{' then depth = depth + 1
    elseif c == ']' or c == '}' then
      depth = depth - 1
      if depth == 0 then take(at - 1) return list end
    elseif depth == 1 then take(at - 1) end
    at = string.find(text, '[%[%]{}",]', at + 1)
  end
  return nil
end

local change = {}
function change.set(_, value) return value end
function change.delete() return false end

function change.increment(old, by)
  if old and not string.match(old, '^%-?%d+$') then return nil end
  local before = tonumber(old or '0')
  local after = before + tonumber(by)
  if math.abs(before) > MAX_SAFE or math.abs(after) > MAX_SAFE then return nil end
  return after == 0 and '0' or int(after)
end

function change.append(old, value)
  if not old then return '[' .. value .. ']' end
  if not string.find(old, '^%s*%[') then return nil end
  local head = string.match(old, '^(.*)%]%s*$')
  if not head then return nil end
  if string.find(head, '^%s*%[%s*$') then return '[' .. value .. ']' end
  return head .. ',' .. value .. ']'
end

function change.add(old, value)
  if not old then return '[' .. value .. ']' end
  local list = elements(old)
  if not list then return nil end
  for _, element in ipairs(list) do if element == value then return old end end
  return change.append(old, value)
end

function change.remove(old, value)
  if not old then return false end
  local list = elements(old)
  if not list then return nil end
  local rest = {}
  for _, element in ipairs(list) do if element ~= value then rest[#rest + 1] = element end end
  return #rest == #list and old or '[' .. table.concat(rest, ',') .. ']'
end

-- Works out all intents at ARGV[from] before anything is written: nil and the staged values
-- (false: deleted) in order of their names, or what to answer instead.
-- At ARGV[from]: value, session and name limits, then (op, name, value, condition) each. `m`: the
-- record's meta, for how much it holds.
local function stage(key, from, m)
  local limit_value, limit_session, limit_names =
    tonumber(ARGV[from]), tonumber(ARGV[from + 1]), tonumber(ARGV[from + 2])
  local original, staged, names, grows = {}, {}, {}, false
  for i = from + 3, #ARGV, 4 do
    local op, name, value, condition = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
    if original[name] == nil then
      original[name] = redis.call('HGET', key, ':' .. name)
      staged[name] = original[name]
      names[#names + 1] = name
    end
    if condition ~= '' then
      local tag = original[name] and redis.sha1hex(original[name]) or '-'
      if tag ~= condition then return {'conflict', name} end
    end
    local new = change[op](staged[name], value)
    if new == nil then return {'wrong-kind', name} end
    if new and #new > limit_value then return {'quota', 'value'} end
    grows = grows or new
    staged[name] = new
  end
  local size, count = tonumber(m.z or 0), tonumber(m.q or 0)
  for _, name in ipairs(names) do
    local old, new = original[name], staged[name]
    size = size + (new and #name + #new or 0) - (old and #name + #old or 0)
    count = count + (new and 1 or 0) - (old and 1 or 0)
  end
  if grows and count > limit_names then return {'quota', 'names'} end
  if grows and size > limit_session then return {'quota', 'session'} end
  return nil, staged, names, size, count
end

-- What only deletes goes through with memory full, for HDEL is allowed then and comes first.
local function write_staged(key, staged, names, size, count, version)
  local set, gone = {'z', int(size), 'q', int(count), 'v', int(version)}, {}
  for _, name in ipairs(names) do
    if staged[name] then
      set[#set + 1] = ':' .. name
      set[#set + 1] = staged[name]
    else gone[#gone + 1] = ':' .. name end
  end
  local shrinks = #gone > 0 and #gone == #names
  if shrinks then redis.call('HDEL', key, unpack(gone)) end
  redis.call('HSET', key, unpack(set))
  if #gone > 0 and not shrinks then redis.call('HDEL', key, unpack(gone)) end
end

local function values_of(staged, names)
  local flat = {}
  for _, name in ipairs(names) do
    flat[#flat + 1] = name
    flat[#flat + 1] = staged[name]
  end
  return flat
end
