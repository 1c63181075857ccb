import { App, Stack } from 'aws-cdk-lib';
import { Berth } from 'berth/infra';

/** `npx cdk synth --app "node app.ts"`: functions that hold this provider. A stack needs `aws-cdk-lib` and `constructs`. */
const stack = new Stack(new App(), 'Tenants');
new Berth(stack, 'Berth', { providers: { folder: { type: './src/descriptor.ts' } } });
