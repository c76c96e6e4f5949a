// A single-page app that leaves signing in to the service. It never sees a token: the session is in HttpOnly cookies.
//
//   GET  /me            who is signed in, or 401
//   POST /login/start   {email, return_to} -> {authorization_url}: send the browser there
//   POST /auth/refresh  -> {expires_at, refresh_at}, or 401 when the session is over
//   POST /auth/logout   {return_to} -> {logout_url}: send the browser there

const service = document.querySelector('meta[name="sso-service"]').content;
const here = location.href.split('#')[0];
const tabs = new BroadcastChannel('session'); // our other tabs
const $ = (id) => document.getElementById(id);
const now = () => Date.now() / 1000; // seconds, as in the service's answers

const SHORTEST_WAIT = 10; // seconds between refreshes, even if this computer's clock is wrong
const LONGEST_WAIT = 60; // seconds between attempts while the service cannot be reached

let profile = null; // what GET /me answered, with expires_at and refresh_at kept up to date
let nextRefresh = Infinity;
let failures = 0;

// ---- Talking to the service ----

class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail ?? 'Something went wrong. Please try again.');
    this.status = status;
  }
}

async function call(method, path, body) {
  const headers = { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) };
  // The cookies belong to the service's origin, which is not ours: `include` sends them all the same.
  const request = { method, headers, body: body && JSON.stringify(body), credentials: 'include', cache: 'no-store' };
  const response = await fetch(service + path, request);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

const isOver = (error) => error.status === 401;

async function whoIsSignedIn() {
  try {
    return await call('GET', '/me');
  } catch (error) {
    if (!isOver(error)) throw error;
  }
  await call('POST', '/auth/refresh'); // the session may have run out while this page was closed
  return call('GET', '/me');
}

// ---- Signing in and out ----

async function signIn(event) {
  event.preventDefault();
  showProblem('');
  busy($('login'), true);
  try {
    const { authorization_url } = await call('POST', '/login/start', { email: $('email').value, return_to: here });
    location.assign(authorization_url);
  } catch (error) {
    busy($('login'), false);
    showProblem(error instanceof Refused ? error.message : 'The sign-in service can’t be reached. Please try again.');
  }
}

async function signOut() {
  busy($('signed-in'), true);
  try {
    const { logout_url } = await call('POST', '/auth/logout', { return_to: here });
    sessionStorage.setItem('note', 'You are signed out.');
    tabs.postMessage({ type: 'signed-out' });
    forget();
    location.assign(logout_url); // ends Cognito's own session too, and comes back here
  } catch {
    busy($('signed-in'), false);
    say('Signing out did not work: you are still signed in. Please try again.');
  }
}

// ---- Staying signed in ----

async function refresh() {
  const seen = profile.refresh_at;
  nextRefresh = Infinity;
  try {
    // One tab at a time; and whoever waited for another tab's refresh has no need of one.
    await navigator.locks.request('refresh', async () => {
      if (!profile) return;
      // That tab's message may still be on its way: the service knows.
      const current = await whoIsSignedIn();
      if (current.refresh_at !== seen) return renewed(current);
      const times = await call('POST', '/auth/refresh');
      tabs.postMessage({ type: 'refreshed', times });
      renewed(times);
    });
  } catch (error) {
    if (isOver(error)) return ended();
    tryAgainLater();
  }
}

function renewed(times) {
  Object.assign(profile, times);
  failures = 0;
  // A little chance keeps several tabs from asking in the same moment.
  nextRefresh = Math.max(profile.refresh_at, now() + SHORTEST_WAIT) + 2 * Math.random();
  say('');
  render();
}

function tryAgainLater() {
  nextRefresh = now() + Math.min(2 ** ++failures, LONGEST_WAIT);
  say('The sign-in service can’t be reached. Trying again…');
}

function ended() {
  tabs.postMessage({ type: 'signed-out' });
  showSignedOut('Your session ended. Please sign in again.');
}

function tick() {
  if (!profile) return;
  $('expires').textContent = duration(profile.expires_at - now());
  $('renews').textContent = duration(profile.refresh_at - now());
  if (now() >= nextRefresh) refresh();
}

// A tab that was hidden or asleep may show what is no longer so.
async function lookAgain() {
  if (document.hidden) return;
  try {
    showSignedIn(profile ? await whoIsSignedIn() : await call('GET', '/me'));
  } catch (error) {
    if (isOver(error) && profile) ended();
  }
}

tabs.onmessage = ({ data }) => {
  if (data.type === 'refreshed' && profile) renewed(data.times);
  if (data.type === 'signed-out' && profile) showSignedOut('You were signed out in another tab.');
  if (data.type === 'signed-in' && data.sub !== profile?.sub) lookAgain();
};

// ---- What the person sees ----

function showSignedIn(answer) {
  const isNews = answer.sub !== profile?.sub;
  profile = answer;
  renewed({});
  if (!isNews) return;
  tabs.postMessage({ type: 'signed-in', sub: profile.sub });
  show('signed-in', $('name'));
}

function showSignedOut(note) {
  forget();
  busy($('login'), false);
  showProblem('');
  show('signed-out', note ? $('signed-out-title') : $('email'));
  say(note);
}

function forget() {
  profile = null;
  nextRefresh = Infinity;
  show('loading');
}

function show(view, focused) {
  for (const section of document.querySelectorAll('main > section')) section.hidden = section.id !== view;
  document.title = { 'signed-in': 'Your account', 'signed-out': 'Sign in' }[view] ?? 'Example app';
  busy($('signed-in'), false);
  focused?.focus();
}

function render() {
  const fullName = profile.name || [profile.given_name, profile.family_name].filter(Boolean).join(' ');
  $('name').textContent = fullName || profile.email;
  $('address').textContent = fullName ? profile.email : '';
  $('initials').textContent = initials(fullName || profile.email);
  $('tenant').textContent = profile.tenant ?? 'none';
  $('provider').textContent = profile.provider ?? 'none';
  $('connection').textContent = profile.connection_id ?? 'none';
  // textContent, never innerHTML: these words come from somebody else's directory.
  $('groups').replaceChildren(...(profile.groups.length ? profile.groups : ['none']).map(listItem));
  $('json').textContent = JSON.stringify(profile, null, 2);
  tick();
}

const listItem = (text) => Object.assign(document.createElement('li'), { textContent: text });

const initials = (name) => name.split(/[\s.@]+/, 2).map((word) => [...word][0] ?? '').join('').toUpperCase();

function duration(seconds) {
  const left = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${rest} s` : `${rest} s`;
}

function say(text) {
  $('status').textContent = text ?? '';
}

function showProblem(text) {
  $('problem').textContent = text;
  $('email').toggleAttribute('aria-invalid', false);
  if (text) $('email').setAttribute('aria-invalid', 'true');
  if (text) $('email').focus();
}

function busy(container, isBusy) {
  container.setAttribute('aria-busy', isBusy);
  for (const button of container.querySelectorAll('button')) button.disabled = isBusy;
}

// ---- Start ----

async function start() {
  try {
    showSignedIn(await whoIsSignedIn());
    sessionStorage.removeItem('note');
  } catch (error) {
    if (isOver(error)) return welcomeBack();
    tryAgainLater();
    setTimeout(start, (nextRefresh - now()) * 1000);
  }
}

function welcomeBack() {
  showSignedOut(sessionStorage.getItem('note'));
  sessionStorage.removeItem('note');
}

async function refreshNow() {
  await refresh();
  if (profile && !failures) say('Your session was refreshed.');
}

$('login').addEventListener('submit', signIn);
$('refresh').addEventListener('click', refreshNow);
$('sign-out').addEventListener('click', signOut);
document.addEventListener('visibilitychange', lookAgain);
addEventListener('pageshow', (event) => event.persisted && location.reload());
setInterval(tick, 1000);
start();
