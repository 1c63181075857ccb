import { App, Stack } from 'aws-cdk-lib';
import { Berth } from 'berth/infra';

/** `npx cdk synth --app "node app.ts"`: functions that hold this provider. Nomad has to be reachable from them. */
const stack = new Stack(new App(), 'Tenants');
const address = process.env.NOMAD_ADDR ?? 'https://nomad.example.com:4646';
new Berth(stack, 'Berth', { providers: { nomad: { type: './src/descriptor.ts', address } } });
