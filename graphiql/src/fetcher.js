// Sends GraphiQL's operations to /graphql over HTTP, with the session cookie.
const MEDIA_TYPES = ['application/graphql-response+json', 'application/json'];

export async function fetcher(params, { headers } = {}) {
  const response = await fetch('/graphql', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', accept: MEDIA_TYPES[0], ...headers },
    body: JSON.stringify(params),
  });
  const mediaType = (response.headers.get('content-type') ?? '').split(';')[0].trim().toLowerCase();
  if (!MEDIA_TYPES.includes(mediaType)) {
    throw new Error(`The server answered ${response.status}, not GraphQL: ${await response.text()}`);
  }
  return response.json();
}
