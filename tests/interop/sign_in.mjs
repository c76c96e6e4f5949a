// The Scalekit guide's own client code, and a person at the stand-ins' pages in place of a browser.
// Reads {issuer, client_id, client_secret, redirect_uri, identity_provider, email} from stdin; writes {claims, ...}.
import { text } from 'node:stream/consumers';
import { Issuer, generators } from 'openid-client';

const given = JSON.parse(await text(process.stdin));

const issuer = await Issuer.discover(given.issuer);
const client = new issuer.Client({
  client_id: given.client_id,
  ...(given.client_secret ? { client_secret: given.client_secret } : { token_endpoint_auth_method: 'none' }),
  redirect_uris: [given.redirect_uri],
  response_types: ['code'],
});
const nonce = generators.nonce();
const state = generators.state();
const url = client.authorizationUrl({
  scope: 'openid email profile',
  state,
  nonce,
  identity_provider: given.identity_provider,
  login_hint: given.email,
});

const callback = await signInAt(url);
const params = client.callbackParams(callback);
const tokens = await client.callback(given.redirect_uri, params, { nonce, state });
const userinfo = await client.userinfo(tokens.access_token);
const renewed = await client.refresh(tokens.refresh_token);
const replay = await client.callback(given.redirect_uri, params, { nonce, state }).catch((error) => error.message);
console.log(JSON.stringify({ claims: tokens.claims(), userinfo, renewed: renewed.claims(), replay }));

// ---- The person ----

async function signInAt(start) {
  const cookies = {}; // all of them are for this machine, whatever the port
  let request = new Request(start);
  for (let hops = 0; hops < 20; hops += 1) {
    request.headers.set('cookie', Object.entries(cookies).map((pair) => pair.join('=')).join('; '));
    const at = request.url;
    const response = await fetch(request, { redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies[name] = value;
    }
    const location = response.headers.get('location');
    if (location?.startsWith(given.redirect_uri)) return location;
    request = location ? new Request(new URL(location, at)) : submitted(await response.text(), at);
  }
  throw new Error('the redirects go round in circles');
}

// The form of the IdP simulator, with everything as it is.
function submitted(page, at) {
  const form = /<form method="post" action="([^"]+)" data-scenarios="login[\s\S]*?<\/form>/.exec(page);
  if (!form) throw new Error(`no sign-in form at ${at}: ${page}`);
  const fields = [...form[0].matchAll(/<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g)].map(([, ...pair]) => pair);
  const domain = given.email.split('@')[1];
  const body = new URLSearchParams([...fields, ['domain', domain], ['action', 'simulate']]);
  return new Request(new URL(form[1], at), { method: 'POST', body });
}
