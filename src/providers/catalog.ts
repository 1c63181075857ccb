// The built-in types of providers: a line for each. Each file exports the descriptor and the helper for typed settings.
export * from './docker/construct-settings.ts';
export * from './ecs/construct-settings.ts';
export * from './memory/construct-settings.ts';
export * from './process/construct-settings.ts';
