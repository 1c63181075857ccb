// The built-in types of providers: a line for each, under the name of its folder.
export { provider as docker } from './docker/descriptor.ts';
export { provider as ecs } from './ecs/descriptor.ts';
export { provider as memory } from './memory/descriptor.ts';
export { provider as process } from './process/descriptor.ts';
