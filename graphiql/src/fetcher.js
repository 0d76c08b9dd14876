// Sends GraphiQL's operations to /graphql, with the session cookie: subscriptions
// over a WebSocket, all others over HTTP.
import { getOperationAST } from 'graphql';
import { createClient } from 'graphql-ws';

const MEDIA_TYPES = ['application/graphql-response+json', 'application/json'];

export async function fetcher(params, { headers, documentAST } = {}) {
  const operation = documentAST && getOperationAST(documentAST, params.operationName);
  return operation?.operation === 'subscription' ? subscribe(params, headers) : post(params, headers);
}

async function post(params, headers) {
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

// A socket for each subscription, so that it is opened with the session and the
// headers of that moment; scripts cannot set headers of a WebSocket, the payload has
// them instead. A lost socket is shown and not replaced: events may be missing.
function subscribe(params, headers) {
  const url = new URL('/graphql', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  const client = createClient({ url: url.href, connectionParams: headers, retryAttempts: 0 });
  return {
    subscribe: (sink) => ({
      unsubscribe: client.subscribe(params, {
        next: (result) => sink.next(result),
        error: (fault) => sink.error(fault instanceof CloseEvent ? closed(fault) : fault),
        complete: () => sink.complete(),
      }),
    }),
  };
}

const closed = ({ code, reason }) => new Error(`The server closed the socket: ${code} ${reason}`.trim());
