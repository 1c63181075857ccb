import { App, Stack } from 'aws-cdk-lib';
import { Berth } from 'berth/infra';

new Berth(new Stack(new App(), 'Tenants'), 'Berth', { providers: { memory: { type: 'memory' } } });
