import { Aws, CfnCondition, Fn, Stack, Token } from 'aws-cdk-lib';
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';

/** The host of the console, where it is not that of the partition `aws`. */
const consoles = {
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
  'aws-eusc': 'console.amazonaws-eusc.eu',
} as const;
const CONSOLE = 'console.aws.amazon.com';

/** The regions of these partitions, by the beginning of their names. */
const regions: Readonly<Record<keyof typeof consoles, string>> = {
  'aws-cn': 'cn-',
  'aws-us-gov': 'us-gov-',
  'aws-eusc': 'eusc-',
};

/** Returns the address of a dashboard in the console of its partition. */
export function dashboardUrl(dashboard: Dashboard): string {
  const { region } = Stack.of(dashboard);
  const host = Token.isUnresolved(region) ? hostAtDeployment(dashboard) : hostOf(region);
  // The console of China has no host for each region.
  const path = `cloudwatch/home?region=${region}#dashboards/dashboard/${dashboard.dashboardName}`;
  return `https://${host}/${path}`;
}

function hostOf(region: string): string {
  const [partition] = (Object.keys(consoles) as (keyof typeof consoles)[]).filter((each) =>
    region.startsWith(regions[each]),
  );
  return partition ? consoles[partition] : CONSOLE;
}

/** Chooses the host at deployment, for a stack that is not bound to a region. */
function hostAtDeployment(scope: Dashboard): string {
  return Object.entries(consoles).reduce<string>((otherwise, [partition, host]) => {
    const expression = Fn.conditionEquals(Aws.PARTITION, partition);
    const condition = new CfnCondition(scope, `In-${partition}`, { expression });
    return Token.asString(Fn.conditionIf(condition.logicalId, host, otherwise));
  }, CONSOLE);
}
