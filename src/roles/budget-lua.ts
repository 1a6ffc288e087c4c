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
 *   drained           sorted set: holder → when its journal was last said to have ended and to be in the ledger
 *   of:<holder>       set: accounts that the holder has a part of
 *   accounts, wanted  sets: all accounts, those without a base
 *   account:<id>      hash: cap lengthMs stepMs known revision wantedUntil; b:<step> the base; h:<holder> the totals
 *                     granted returned overdrawn settled exposed; s:<step>:<holder> what it settled in a step
 */
import { BOOKS, DRAINS, HOLDERS } from './budget-lua-methods.ts';

export const AUTHORITY_KEY = '{setpoint}:budgets:life';

/** A holder that was not heard for so long is lost: what it holds counts as spent until its journal says what it was. */
export const LEASE_MS = 3_000;

/** So long it is remembered at least that a journal was drained to its end: longer than any message of its worker is under way. */
export const MARKED_MS = 3_600_000;

/** Milliseconds of the server's own clock: those of clients may differ. */
export const REDIS_CLOCK = `(function() local t = redis.call('TIME'); return t[1] * 1000 + math.floor(t[2] / 1000) end)()`;

/** @param clock a Lua expression for the time in milliseconds; tests give one that they can set. */
export function authorityScript(clock: string = REDIS_CLOCK): string {
  return [
    ARITHMETIC,
    `local NOW = ${clock}\nlocal LEASE = ${LEASE_MS}\nlocal MARKED = ${MARKED_MS}\n`,
    STATE,
    HOLDERS,
    DRAINS,
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
  call('DEL', P .. 'seen', P .. 'drained', P .. 'accounts', P .. 'wanted')
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

const DISPATCH = `
return methods[ARGV[1]](cjson.decode(ARGV[2]))
`;
