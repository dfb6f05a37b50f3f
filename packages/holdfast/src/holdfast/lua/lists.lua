-- The changes of lists, for data.lua.
-- The texts of a JSON list's elements, or nil when the text is no list.
local function elements(text)
  local first = string.find(text, '[^ \t\r\n]')
  if not first or string.sub(text, first, first) ~= '[' then return nil end
  local list, depth, from, at = {}, 0, first + 1, first
  local function take(to)
    local element = string.match(string.sub(text, from, to), '^[ \t\r\n]*(.-)[ \t\r\n]*$')
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

local function append(old, value)
  if not old then return '[' .. value .. ']' end
  if not string.find(old, '^[ \t\r\n]*%[') then return nil end
  local head = string.match(old, '^(.*)%][ \t\r\n]*$')
  if not head then return nil end
  if string.find(head, '^[ \t\r\n]*%[[ \t\r\n]*$') then return '[' .. value .. ']' end
  return head .. ',' .. value .. ']'
end

local function add(old, value)
  if not old then return '[' .. value .. ']' end
  local list = elements(old)
  if not list then return nil end
  for _, element in ipairs(list) do if element == value then return old end end
  return append(old, value)
end

local function remove(old, value)
  if not old then return false end
  local list = elements(old)
  if not list then return nil end
  local rest = {}
  for _, element in ipairs(list) do if element ~= value then rest[#rest + 1] = element end end
  return #rest == #list and old or '[' .. table.concat(rest, ',') .. ']'
end
