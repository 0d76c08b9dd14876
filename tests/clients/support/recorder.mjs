// Looks over a client's shoulder: what it sends by HTTP, and what it is answered.

/**
 * Answers a `fetch` for the client, and the `requests` made with it so far, each
 * with its `method`, its `operation` (the parameters, or a list of them, from the
 * body or the address), the answer's `status` and, where it is JSON, the `answer`.
 */
export function recorder() {
  const requests = [];
  return {
    requests,
    fetch: async (url, options = {}) => {
      const method = options.method ?? 'GET';
      const request = { method, operation: options.body ? JSON.parse(options.body) : ofAddress(url) };
      requests.push(request);
      const response = await fetch(url, options);
      request.status = response.status;
      if (/json/.test(response.headers.get('content-type'))) request.answer = await response.clone().json();
      return response;
    },
  };
}

function ofAddress(url) {
  const parameters = Object.fromEntries(new URL(url).searchParams);
  for (const name of ['variables', 'extensions']) {
    if (parameters[name]) parameters[name] = JSON.parse(parameters[name]);
  }
  return parameters;
}
