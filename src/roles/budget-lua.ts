/**
 * The budget authority as one script for Redis: what `BudgetAuthority` (budgets/authority.ts) does, atomically in one
 * round trip. The shared case table holds the two to the same answers, step by step.
 *
 * KEYS[1] routes it (all keys carry one hash tag, so they lie on one node of a cluster); ARGV[1] is the method,
 * ARGV[2] the message as JSON with amounts as text. The answer is JSON in the same form.
 *
 * Numbers of Lua are doubles, exact to 2^53 = $9,007 in picodollars. Amounts are two limbs of base 10^9 instead
 * (`{high, low}`, 0 <= low < 10^9, also for negative ones), exact to 24 digits.
 *
 * State is that of one life of the server (`run_id`): after a restart or a failover to a copy, which may lack the last
 * grants, nothing of it is believed. It is taken away, holders introduce themselves again, and bases come from the ledger.
 *
 *   life              run_id of the server that made the state
 *   seen              sorted set: holder → when it was last heard (0: lost)
 *   holder:<holder>   hash: session, number and answer of the last grant
 *   of:<holder>       set: accounts that the holder has a part of
 *   accounts, wanted  sets: all accounts, those without a base
 *   account:<id>      hash: cap lengthMs stepMs known revision wantedUntil; b:<step> the base; h:<holder> the totals
 *                     granted returned overdrawn settled exposed; s:<step>:<holder> what it settled in a step
 */
export const AUTHORITY_KEY = '{setpoint}:budgets:life';

/** A holder that was not heard for so long is lost: what it holds counts as spent until its journal says what it was. */
export const LEASE_MS = 3_000;

/** Milliseconds of the server's own clock: those of clients may differ. */
export const REDIS_CLOCK = `(function() local t = redis.call('TIME'); return t[1] * 1000 + math.floor(t[2] / 1000) end)()`;

/** @param clock a Lua expression for the time in milliseconds; tests give one that they can set. */
export function authorityScript(clock: string = REDIS_CLOCK): string {
  return [
    ARITHMETIC,
    `local NOW = ${clock}\nlocal LEASE = ${LEASE_MS}\n`,
    STATE,
    HOLDERS,
    BOOKS,
    DISPATCH,
  ].join('\n');
}

/** Exported for the property test that compares it with BigInt. */
export const ARITHMETIC = `
local BASE = 1000000000
local ZERO = {0, 0}
local function big(digits)
  local sign, number = string.match(digits, '^(-?)(%d+)$')
  local low = tonumber(string.sub(number, -9))
  local high = #number > 9 and tonumber(string.sub(number, 1, -10)) or 0
  if sign == '-' then
    high = -high
    if low > 0 then high = high - 1; low = BASE - low end
  end
  return {high, low}
end
local function text(a)
  local high, low, sign = a[1], a[2], ''
  if high < 0 then
    sign = '-'
    if low == 0 then high = -high else high = -high - 1; low = BASE - low end
  end
  if high == 0 then return sign .. string.format('%d', low) end
  return sign .. string.format('%.0f%09d', high, low)
end
local function add(a, b)
  local high, low = a[1] + b[1], a[2] + b[2]
  if low >= BASE then return {high + 1, low - BASE} end
  return {high, low}
end
local function sub(a, b)
  local high, low = a[1] - b[1], a[2] - b[2]
  if low < 0 then return {high - 1, low + BASE} end
  return {high, low}
end
local function less(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end
local function larger(a, b) if less(a, b) then return b end return a end
local function smaller(a, b) if less(b, a) then return b end return a end
-- rounded down, for a >= 0 and a divisor below 2^20
local function share(a, by)
  local high = math.floor(a[1] / by)
  if high * by > a[1] then high = high - 1 end
  local rest = (a[1] - high * by) * BASE + a[2]
  return {high, math.floor(rest / by)}
end
`;

const STATE = `
local P = '{setpoint}:budgets:'
local RECALL = 2000
local call = redis.call
local states = {}

local function name(number) return string.format('%.17g', number) end
local function quoted(word) return cjson.encode(word) end
local function list(items) return '[' .. table.concat(items, ',') .. ']' end

-- State of another life of the server is taken away: a copy may lack what was granted last.
local RUN = string.match(call('INFO', 'server'), 'run_id:(%w+)')
if call('GET', P .. 'life') ~= RUN then
  for _, holder in ipairs(call('ZRANGE', P .. 'seen', 0, -1)) do
    call('DEL', P .. 'holder:' .. holder, P .. 'of:' .. holder)
  end
  for _, id in ipairs(call('SMEMBERS', P .. 'accounts')) do call('DEL', P .. 'account:' .. id) end
  call('DEL', P .. 'seen', P .. 'accounts', P .. 'wanted')
  call('SET', P .. 'life', RUN)
end

-- Never the same twice, also after everything was flushed.
local function revision()
  local t = call('TIME')
  return RUN .. ':' .. t[1] .. ':' .. t[2] .. ':' .. call('INCR', P .. 'revisions')
end

local function load(id)
  if states[id] then return states[id] end
  local fields = call('HGETALL', P .. 'account:' .. id)
  if #fields == 0 then return nil end
  local state = {id = id, key = P .. 'account:' .. id, base = {}, holdings = {}, steps = {}}
  for at = 1, #fields, 2 do
    local field, value = fields[at], fields[at + 1]
    local kind = string.sub(field, 1, 2)
    if kind == 'b:' then state.base[string.sub(field, 3)] = big(value)
    elseif kind == 'h:' then
      local parts = {}
      for part in string.gmatch(value, '%S+') do parts[#parts + 1] = big(part) end
      state.holdings[string.sub(field, 3)] = parts
    elseif kind == 's:' then
      local step, holder = string.match(field, '^s:([^:]+):(.+)$')
      state.steps[holder] = state.steps[holder] or {}
      state.steps[holder][step] = big(value)
    else state[field] = value end
  end
  state.lengthMs, state.stepMs = tonumber(state.lengthMs), tonumber(state.stepMs)
  state.wantedUntil, state.known = tonumber(state.wantedUntil), state.known == '1'
  state.cap = big(state.cap)
  states[id] = state
  return state
end

local function ensure(line)
  local state = load(line.account)
  if not state then
    local key = P .. 'account:' .. line.account
    call('HSET', key, 'lengthMs', name(line.lengthMs), 'stepMs', name(line.stepMs), 'cap', line.cap,
      'known', '0', 'revision', revision(), 'wantedUntil', '0')
    call('SADD', P .. 'accounts', line.account)
    call('SADD', P .. 'wanted', line.account)
    return load(line.account)
  end
  call('HSET', state.key, 'cap', line.cap) -- an amount that was changed holds from the next ask on
  state.cap = big(line.cap)
  return state
end

local GRANTED, RETURNED, OVERDRAWN, SETTLED, EXPOSED = 1, 2, 3, 4, 5

local function keep(state, holder, parts)
  state.holdings[holder] = parts
  local words = {}
  for at = 1, 5 do words[at] = text(parts[at]) end
  call('HSET', state.key, 'h:' .. holder, table.concat(words, ' '))
  call('SADD', P .. 'of:' .. holder, state.id)
end

local function keepStep(state, holder, step, amount)
  state.steps[holder] = state.steps[holder] or {}
  state.steps[holder][step] = amount
  call('HSET', state.key, 's:' .. step .. ':' .. holder, text(amount))
end

local function drop(state, holder)
  if state.holdings[holder] then call('HDEL', state.key, 'h:' .. holder) end
  for step in pairs(state.steps[holder] or {}) do call('HDEL', state.key, 's:' .. step .. ':' .. holder) end
  state.holdings[holder], state.steps[holder] = nil, nil
  call('SREM', P .. 'of:' .. holder, state.id)
end

local function holdingOf(state, holder)
  return state.holdings[holder] or {ZERO, ZERO, ZERO, ZERO, ZERO}
end

local function heldBy(parts)
  local held = sub(sub(add(parts[GRANTED], parts[OVERDRAWN]), parts[RETURNED]), parts[SETTLED])
  return less(ZERO, held) and held or ZERO
end

-- Steps that have left a rolling window are dropped as they are met.
local function inWindow(state, steps, field)
  local sum = ZERO
  for step, amount in pairs(steps) do
    if state.stepMs > 0 and tonumber(step) + state.stepMs <= NOW - state.lengthMs then
      steps[step] = nil
      call('HDEL', state.key, field(step))
    else sum = add(sum, amount) end
  end
  return sum
end

local function sums(state)
  local spent = inWindow(state, state.base, function(step) return 'b:' .. step end)
  for holder, steps in pairs(state.steps) do
    spent = add(spent, inWindow(state, steps, function(step) return 's:' .. step .. ':' .. holder end))
  end
  local held = ZERO
  for _, parts in pairs(state.holdings) do held = add(held, heldBy(parts)) end
  return spent, held
end

local function level(id)
  local state = load(id)
  local spent, held = ZERO, ZERO
  if state then spent, held = sums(state) end
  return '{"account":' .. quoted(id) .. ',"spent":"' .. text(spent) .. '","held":"' .. text(held) .. '"}'
end

local function isLost(holder)
  local seen = call('ZSCORE', P .. 'seen', holder)
  return not seen or tonumber(seen) < NOW - LEASE
end
`;

const HOLDERS = `
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

const BOOKS = `
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
    holders[#holders + 1] = '{"holder":' .. quoted(holder) .. ',"lost":' .. tostring(isLost(holder)) .. '}'
  end
  return '{"accounts":' .. list(accounts) .. ',"holders":' .. list(holders) .. '}'
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

const DISPATCH = `
return methods[ARGV[1]](cjson.decode(ARGV[2]))
`;
