/*
 * Acts as Lambda's own runtime: loads the handler, then asks for one invocation after the other.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER = '', AWS_LAMBDA_FUNCTION_NAME } = process.env;
const api = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

function post(path: string, body: unknown): Promise<Response> {
  return fetch(`${api}/${path}`, { method: 'POST', body: JSON.stringify(body ?? null) });
}

function describe(error: unknown) {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message }
    : { errorType: 'Error', errorMessage: String(error) };
}

async function load() {
  const [file, name = ''] = _HANDLER.split('.');
  try {
    return (await import(`${LAMBDA_TASK_ROOT}/${file}.mjs`))[name];
  } catch (error) {
    await post('init/error', describe(error));
    process.exit(1);
  }
}

const handler = await load();
for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const awsRequestId = next.headers.get('lambda-runtime-aws-request-id') ?? '';
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = {
    awsRequestId,
    functionName: AWS_LAMBDA_FUNCTION_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    await post(`invocation/${awsRequestId}/response`, await handler(await next.json(), context));
  } catch (error) {
    await post(`invocation/${awsRequestId}/error`, describe(error));
  }
}
