// Message brokers with streams of their own kind: nginx with nchan, NATS JetStream, Redis streams.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, until } from '../../node/server.mjs'
import { familyOf, startProcess } from './process.mjs'
import { firstLine, onPath } from './versions.mjs'

const nchanModule = '/usr/lib/nginx/modules/ngx_nchan_module.so'

// What ds_bench speaks to it: messages are published at /pub/NAME and followed at /sub/NAME.
function nginxSettings(directory, port) {
  return `${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
load_module ${nchanModule};
pid ${directory}/nginx.pid;
error_log stderr error;
events { worker_connections 30000; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  tcp_nodelay on;
  client_max_body_size 8m;
  client_body_buffer_size 8m;
  nchan_shared_memory_size 1g;
  nchan_message_buffer_length 1000;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location ~ ^/pub/(.+)$ { nchan_publisher; nchan_channel_id $1; }
    location ~ ^/sub/(.+)$ {
      nchan_subscriber eventsource;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
    }
  }
}
`
}

export const nchan = {
  id: 'nchan',
  name: 'nginx nchan',
  label: 'nginx nchan',
  brief: 'memory',
  kind: 'broker',
  dialect: 'nchan',
  durability: 'memory',
  durable: false,
  note:
    'one worker; raised are connections, requests and time of a connection, bodies in memory ' +
    '(8 MiB) and shared memory (1 GiB); it keeps the last 1,000 messages of a stream',
  missing: () =>
    !onPath('nginx') ? 'nginx' : existsSync(nchanModule) ? undefined : 'libnginx-mod-nchan',
  version: () =>
    [
      firstLine(onPath('nginx'), ['-v']).replace(/^.*nginx\//, 'nginx '),
      `nchan ${firstLine('dpkg-query', ['-Wf', '${Version}', 'libnginx-mod-nchan'])}`,
    ].join(', '),
  async start({ cpu, directory }) {
    const port = await freePort()
    const file = join(directory, 'nginx.conf')
    writeFileSync(file, nginxSettings(directory, port))
    const command = [onPath('nginx'), '-p', directory, '-c', file]
    const server = await startProcess({ command, cpu, port })
    // The port is open before there is a worker, whose time and memory are to be counted.
    await until('the worker of nginx', () => familyOf(server.pid).length > 1)
    return server
  },
}

export const nats = {
  id: 'nats',
  name: 'NATS JetStream',
  label: 'NATS JetStream',
  brief: 'fsync each 2 min',
  kind: 'broker',
  dialect: 'nats',
  durability: 'file, fsync every 2 min',
  durable: false,
  note: 'its setting sync_interval, with which it would sync each message, came with 2.10',
  missing: () => (onPath('nats-server') ? undefined : 'nats-server'),
  version: () => firstLine(onPath('nats-server'), ['--version']).replace(': v', ' '),
  async start({ cpu, directory }) {
    const port = await freePort()
    const file = join(directory, 'nats.conf')
    const store = `jetstream { store_dir: "${directory}", max_file_store: 64GB }`
    writeFileSync(file, `listen: 127.0.0.1:${port}\n${store}\n`)
    return startProcess({ command: [onPath('nats-server'), '-c', file], cpu, port })
  },
}

function redis(fsync, durability) {
  return {
    id: `redis-${fsync}`,
    name: `Redis streams, ${fsync}`,
    label: 'Redis streams',
    brief: fsync === 'always' ? 'fsync' : 'fsync each second',
    kind: 'broker',
    dialect: 'redis',
    durability,
    durable: fsync === 'always',
    note: 'maxclients is raised, its file is not rewritten meanwhile',
    missing: () => (onPath('redis-server') ? undefined : 'redis-server'),
    version: () => 'redis ' + /v=(\S+)/.exec(firstLine(onPath('redis-server'), ['--version']))[1],
    async start({ cpu, directory }) {
      const port = await freePort()
      const settings = {
        bind: '127.0.0.1',
        port: String(port),
        dir: directory,
        save: '',
        appendonly: 'yes',
        appendfsync: fsync,
        'auto-aof-rewrite-percentage': '0',
        maxclients: '16000',
      }
      const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
      return startProcess({ command: [onPath('redis-server'), ...flags], cpu, port })
    },
  }
}

export const redisAlways = redis('always', 'fsync, one for all that arrived together')
export const redisEverysec = redis('everysec', 'file, fsync each second')
