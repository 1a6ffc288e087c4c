/** The methods of the authority in Redis; the arithmetic and the state that they use stand in budget-lua.ts. */

/** What workers say: introductions, grants, reports. */
export const HOLDERS = `
local DETACHED = '{"kind":"detached"}'
local methods = {}

function methods.attach(ask)
  local key = P .. 'holder:' .. ask.holder
  local session = call('HGET', key, 'session')
  if session and tonumber(session) >= ask.session then return 'null' end -- an old message
  call('DEL', key)
  call('HSET', key, 'session', name(ask.session), 'number', '0')
  call('ZADD', P .. 'seen', NOW, ask.holder)
  for _, id in ipairs(call('SMEMBERS', P .. 'of:' .. ask.holder)) do
    local state = load(id)
    if state then drop(state, ask.holder) end
  end
  for _, totals in ipairs(ask.totals) do
    local state = ensure(totals)
    keep(state, ask.holder, {big(totals.granted), big(totals.returned), big(totals.overdrawn), big(totals.settled), big(totals.exposed)})
    for _, step in ipairs(totals.steps) do keepStep(state, ask.holder, name(step[1]), big(step[2])) end
  end
  return 'null'
end

local function heard(ask)
  local session = call('HGET', P .. 'holder:' .. ask.holder, 'session')
  if not session or tonumber(session) ~= ask.session then return false end
  call('ZADD', P .. 'seen', NOW, ask.holder)
  return true
end

local function give(holder, line, state, live)
  local spent, held = sums(state)
  local left = sub(sub(state.cap, spent), held)
  local slice = ZERO
  if state.wantedUntil <= NOW then slice = smaller(big(line.want), share(left, 4 * live)) end
  local amount = larger(big(line.need), smaller(slice, left))
  local parts = holdingOf(state, holder)
  keep(state, holder, {add(parts[GRANTED], amount), parts[RETURNED], parts[OVERDRAWN], parts[SETTLED], parts[EXPOSED]})
  return amount
end

local function decide(ask)
  local asked = {}
  for at, line in ipairs(ask.lines) do asked[at] = ensure(line) end
  for at, state in ipairs(asked) do
    if not state.known then
      call('SADD', P .. 'wanted', state.id)
      return '{"kind":"unready","line":' .. (at - 1) .. '}'
    end
  end
  for at, line in ipairs(ask.lines) do
    local state = asked[at]
    local spent, held = sums(state)
    local need = big(line.need)
    if less(state.cap, add(add(spent, held), need)) then
      local couldFit = not less(state.cap, add(spent, need))
      if couldFit then
        state.wantedUntil = NOW + RECALL
        call('HSET', state.key, 'wantedUntil', name(state.wantedUntil))
      end
      return '{"kind":"full","line":' .. (at - 1) .. ',"spent":"' .. text(spent) .. '","held":"' .. text(held)
        .. '","cap":"' .. text(state.cap) .. '","couldFit":' .. tostring(couldFit) .. '}'
    end
  end
  local live = math.max(1, call('ZCOUNT', P .. 'seen', NOW - LEASE, '+inf'))
  local amounts, levels = {}, {}
  for at, line in ipairs(ask.lines) do amounts[at] = '"' .. text(give(ask.holder, line, asked[at], live)) .. '"' end
  for at, line in ipairs(ask.lines) do levels[at] = level(line.account) end
  return '{"kind":"granted","amounts":' .. list(amounts) .. ',"levels":' .. list(levels) .. '}'
end

-- All accounts of the ask or none. A repeated number gets the answer it got before.
function methods.grant(ask)
  if not heard(ask) then return DETACHED end
  local key = P .. 'holder:' .. ask.holder
  if ask.number <= tonumber(call('HGET', key, 'number')) then return call('HGET', key, 'answer') or DETACHED end
  local answer = decide(ask)
  call('HSET', key, 'number', name(ask.number), 'answer', answer)
  return answer
end

function methods.report(report)
  if not heard(report) then return DETACHED end
  local levels, recall = {}, {}
  for _, totals in ipairs(report.totals) do
    local state = ensure(totals)
    local parts = holdingOf(state, report.holder)
    keep(state, report.holder, {
      parts[GRANTED],
      larger(parts[RETURNED], big(totals.returned)),
      larger(parts[OVERDRAWN], big(totals.overdrawn)),
      larger(parts[SETTLED], big(totals.settled)),
      big(totals.exposed),
    })
    for _, step in ipairs(totals.steps) do
      local known = (state.steps[report.holder] or {})[name(step[1])] or ZERO
      keepStep(state, report.holder, name(step[1]), larger(known, big(step[2])))
    end
  end
  for _, id in ipairs(call('SMEMBERS', P .. 'of:' .. report.holder)) do
    if tonumber(call('HGET', P .. 'account:' .. id, 'wantedUntil') or '0') > NOW then recall[#recall + 1] = quoted(id) end
  end
  for at, totals in ipairs(report.totals) do levels[at] = level(totals.account) end
  return '{"kind":"heard","recall":' .. list(recall) .. ',"levels":' .. list(levels) .. '}'
end

function methods.lose(ask)
  if call('ZSCORE', P .. 'seen', ask.holder) then call('ZADD', P .. 'seen', 0, ask.holder) end
  return 'null'
end
`;

/** What whoever drains journals says. */
export const DRAINS = `
-- A mark outlives its holder: a message of the dead may come late and make it known again.
function methods.drained(ask)
  call('ZADD', P .. 'drained', NOW, ask.holder)
  for _, holder in ipairs(call('ZRANGEBYSCORE', P .. 'drained', '-inf', NOW - MARKED)) do
    if not call('ZSCORE', P .. 'seen', holder) then call('ZREM', P .. 'drained', holder) end
  end
  return 'null'
end
`;

/** What the bookkeeper says. */
export const BOOKS = `
function methods.wanted() return tostring(call('SCARD', P .. 'wanted') > 0) end

function methods.expect(ask)
  for _, line in ipairs(ask.accounts) do ensure(line) end
  return 'null'
end

function methods.look()
  local accounts, holders = {}, {}
  for _, id in ipairs(call('SMEMBERS', P .. 'accounts')) do
    local state = load(id)
    if state then
      local counted = {}
      for holder in pairs(state.holdings) do counted[#counted + 1] = quoted(holder) end
      accounts[#accounts + 1] = '{"account":' .. quoted(id) .. ',"known":' .. tostring(state.known)
        .. ',"revision":' .. quoted(state.revision) .. ',"holders":' .. list(counted) .. '}'
    end
  end
  for _, holder in ipairs(call('ZRANGE', P .. 'seen', 0, -1)) do
    local drained = call('ZSCORE', P .. 'drained', holder) and ',"drained":true' or ''
    holders[#holders + 1] = '{"holder":' .. quoted(holder) .. ',"lost":' .. tostring(isLost(holder)) .. drained .. '}'
  end
  local ended = {}
  for _, holder in ipairs(call('ZRANGE', P .. 'drained', 0, -1)) do
    if not call('ZSCORE', P .. 'seen', holder) then ended[#ended + 1] = quoted(holder) end
  end
  return '{"accounts":' .. list(accounts) .. ',"holders":' .. list(holders) .. ',"drained":' .. list(ended) .. '}'
end

-- A SET, and only if nobody has set it since the ledger was asked.
function methods.rebase(ask)
  local set = 0
  for _, one in ipairs(ask.rebases) do
    local state = load(one.account)
    if state and state.revision == one.revision then
      set = set + 1
      for step in pairs(state.base) do call('HDEL', state.key, 'b:' .. step) end
      state.base = {}
      for _, step in ipairs(one.base) do
        state.base[name(step[1])] = big(step[2])
        call('HSET', state.key, 'b:' .. name(step[1]), step[2])
      end
      state.revision, state.known = revision(), true
      call('HSET', state.key, 'known', '1', 'revision', state.revision)
      for _, holder in ipairs(one.ended) do drop(state, holder) end
      call('SREM', P .. 'wanted', one.account)
    end
  end
  return tostring(set)
end

function methods.forget(ask)
  if call('SCARD', P .. 'of:' .. ask.holder) > 0 then return 'false' end
  call('DEL', P .. 'holder:' .. ask.holder)
  call('ZREM', P .. 'seen', ask.holder)
  return 'true'
end

function methods.close(ask)
  for _, id in ipairs(ask.accounts) do
    local state = load(id)
    if state then
      for _, holder in ipairs(ask.ended) do drop(state, holder) end
      local _, held = sums(state)
      if text(held) == '0' then
        for holder in pairs(state.holdings) do call('SREM', P .. 'of:' .. holder, id) end
        call('DEL', state.key)
        call('SREM', P .. 'accounts', id)
        call('SREM', P .. 'wanted', id)
        states[id] = nil
      end
    end
  end
  return 'null'
end

function methods.views()
  local views = {}
  for _, id in ipairs(call('SMEMBERS', P .. 'accounts')) do
    local state = load(id)
    if state then
      local spent, held = sums(state)
      local presumed, exposed = ZERO, ZERO
      for holder, parts in pairs(state.holdings) do
        exposed = add(exposed, parts[EXPOSED])
        if isLost(holder) then presumed = add(presumed, heldBy(parts)) end
      end
      views[#views + 1] = '{"account":' .. quoted(id) .. ',"cap":"' .. text(state.cap) .. '","spent":"' .. text(spent)
        .. '","reserved":"' .. text(held) .. '","presumed":"' .. text(presumed) .. '","exposed":"' .. text(exposed)
        .. '","known":' .. tostring(state.known) .. '}'
    end
  end
  return list(views)
end
`;
