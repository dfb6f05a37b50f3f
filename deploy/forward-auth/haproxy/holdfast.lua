-- http-request lua.holdfast-verify <url>: asks the gateway about a request.
-- Sets X-Auth-* on the request when it may pass; otherwise txn.holdfast_status and what to answer.
-- Needs nothing but HAProxy's own HTTP client (2.5 or newer, built with Lua).

local IDENTITY = { "x-auth-user", "x-auth-roles", "x-auth-session", "x-auth-assertion" }
local ASKS_WITH = {
  "cookie", "host", "accept", "origin", "sec-fetch-site", "sec-fetch-mode", "user-agent",
  "x-request-id", "traceparent", "x-session-passive",
}
local TIMEOUT_MS = 3000

local function verify(txn, url)
  local given, asked = txn.http:req_get_headers(), {}
  for _, name in ipairs(ASKS_WITH) do
    if given[name] then
      local values = {}
      for index = 0, #given[name] do
        table.insert(values, given[name][index])
      end
      asked[name] = values
    end
  end
  asked["sec-forward-auth"] = { "cookie" }
  asked["x-forwarded-for"] = { txn.f:src() }
  asked["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" }
  asked["x-forwarded-method"] = { txn.f:method() }
  local query = txn.f:query() or ""
  asked["x-forwarded-uri"] = { txn.f:path() .. (query ~= "" and "?" .. query or "") }

  local answer = core.httpclient():get({ url = url, headers = asked, timeout = TIMEOUT_MS })
  local status = answer and answer.status or 503
  local fields = answer and answer.headers or {}
  if status == 204 then
    for _, name in ipairs(IDENTITY) do
      if fields[name] then
        txn.http:req_set_header(name, fields[name][0])
      end
    end
    -- The gateway answers with the cookies that the service may have, none of them its own.
    local cookies = fields["cookie"] and fields["cookie"][0] or ""
    txn.http:req_del_header("cookie")
    if cookies ~= "" then
      txn.http:req_add_header("cookie", cookies)
    end
  elseif status >= 400 and status < 500 and status ~= 401 and status ~= 403 then
    -- The gateway cannot read what the client sent: that is not an outage.
    status = 400
  elseif status ~= 302 and status ~= 401 and status ~= 403 then
    status = 503
  end
  txn:set_var("txn.holdfast_status", status)
  txn:set_var("txn.holdfast_location", fields["location"] and fields["location"][0] or "")
  txn:set_var("txn.holdfast_body", answer and answer.body or "")
end

core.register_action("holdfast-verify", { "http-req" }, verify, 1)
