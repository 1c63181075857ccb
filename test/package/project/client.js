import { createClient, ProblemError } from 'berth/client';

const berth = createClient({ endpoint: process.argv[2] });
const { data } = await berth.listProviders();
const code = await berth.getTenant('unknown').catch((error) => error instanceof ProblemError && error.code);
process.stdout.write(`${data.providers} ${code}\n`);
