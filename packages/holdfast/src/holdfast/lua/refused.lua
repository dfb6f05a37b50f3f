-- Behind a read by `pcall` that gave `f`. A key of another type is a record that does not decode.
-- Any other refusal (an ACL, a renamed command) fails the script: it says nothing of the record.
if f.err then
  if string.find(f.err, '^WRONGTYPE') then return nil end
  error(f.err, 0)
end
