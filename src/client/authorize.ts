import { SigningError } from './errors.ts';
import { localToken } from './local-token.ts';
import type { Credentials, Settings, Signing } from './options.ts';

export interface SignableRequest {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
}

/** Returns the headers of a request together with those that authorize it. Throws `SigningError`. */
export type Authorize = (request: SignableRequest) => Promise<Record<string, string>>;

type Signer = Omit<Signing, 'region'> & { region: string };

/** The service name that API Gateway expects in a signature. */
const SERVICE = 'execute-api';

const SIGNERS = '@smithy/signature-v4 @aws-crypto/sha256-js @aws-sdk/credential-providers';

export function authorizerOf({ authorization }: Settings): Authorize {
  switch (authorization.kind) {
    case 'none':
      return async ({ headers }) => ({ ...headers });
    case 'local':
      return async ({ headers }) => {
        // Read for each request: a host that makes its token makes another one at each start.
        const token = await localToken();
        return { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
      };
    case 'bearer':
      return async ({ headers }) => ({ ...headers, authorization: `Bearer ${authorization.token}` });
    case 'sigv4':
      return createSigner(authorization);
  }
}

/**
 * Signs requests for API Gateway with Signature Version 4. The AWS SDK is loaded for the first request. `credentials`
 * defaults to the chain of SDKs and AWS CLI: environment, profile, SSO, container, instance.
 */
function createSigner(signing: Signer): Authorize {
  let signer: ReturnType<typeof load> | undefined;
  return async (request) => {
    signer ??= load(signing);
    try {
      const signed = await (await signer).sign(toAwsRequest(request));
      return signed.headers;
    } catch (error) {
      signer = undefined;
      throw new SigningError(`the request cannot be signed: ${reasonOf(error)}`, { cause: error });
    }
  };
}

/** Returns what is wrong and what to do. Projects with `berth-client` may lack the packages that sign. */
function reasonOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') {
    return `the packages that sign are not installed. Install them with: npm i ${SIGNERS}`;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return `${reason}. Set AWS_PROFILE, log in with "aws sso login", or use a token.`;
}

async function load({ region, profile, credentials: given }: Signer) {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-crypto/sha256-js'),
  ]);
  const credentials: () => Promise<Credentials> =
    given ?? (await import('@aws-sdk/credential-providers')).fromNodeProviderChain(profile ? { profile } : {});
  return new SignatureV4({ service: SERVICE, region, credentials, sha256: Sha256 });
}

function toAwsRequest({ method, url, headers, body }: SignableRequest) {
  const { protocol, hostname, port, host, pathname, searchParams } = new URL(url);
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(searchParams.keys())) {
    const values = searchParams.getAll(name);
    query[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return {
    method,
    protocol,
    hostname,
    ...(port && { port: Number(port) }),
    path: pathname,
    query,
    headers: { ...headers, host },
    ...(body !== undefined && { body }),
  };
}
