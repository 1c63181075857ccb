import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { IamRequest } from './requests.ts';

export interface PolicyDocument {
  Version: '2012-10-17';
  Statement: unknown[];
}

/**
 * Returns whether the policy of a role allows a request: `Allowed`, or why not. The rules of IAM and the resources and
 * condition keys of each action come from `@cloud-copilot/iam-simulate`.
 */
export async function decide(policy: PolicyDocument, request: IamRequest, account: string): Promise<string> {
  const { action, resource, context } = request;
  const answer = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${account}:role/function`,
        action,
        resource: { resource, accountId: account },
        contextVariables: { ...context },
      },
      identityPolicies: [{ name: 'role', policy }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult;
}
