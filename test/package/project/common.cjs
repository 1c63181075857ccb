const { Berth } = require('berth/infra');
const { Manager } = require('berth');
const { version } = require('berth/package.json');

process.stdout.write(`${typeof Berth} ${typeof Manager} ${version}\n`);
