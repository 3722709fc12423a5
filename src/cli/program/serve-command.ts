import { type Command, Option } from 'commander'
import { modelOption, portNumber, wholeNumberFrom } from '../options.js'
import { type AddCommands, withExamples } from './add-commands.js'

const limitOption = (flags: string, what: string, env: string) =>
  new Option(flags, what).env(env).argParser(wholeNumberFrom(1))

const options: readonly Option[] = [
  new Option(
    '--port <number>',
    'port, also read from PORT; 0: any free port. Without one: 8080, or the next free port',
  )
    .env('GLOWCAST_PORT')
    .default(8080)
    .argParser(portNumber),
  new Option('--host <address>', 'address to listen on').env('GLOWCAST_HOST').default('127.0.0.1'),
  modelOption().env('GLOWCAST_MODEL'),
  new Option('--calibration <file>', "calibration file (default: the model's)").env('GLOWCAST_CALIBRATION'),
  new Option('--group <names...>', 'groups of the calibration to serve (default: all)').env('GLOWCAST_GROUP'),
  new Option(
    '--acoustic-model <place>',
    'speak texts, too: a folder that `glowcast unpack-acoustic-model` wrote, or the address of a service that gives mels (default: none)',
  ).env('GLOWCAST_ACOUSTIC_MODEL'),
  new Option('--threads <count>', 'synthesis threads, one core each (default: all cores)')
    .env('GLOWCAST_THREADS')
    .argParser(wholeNumberFrom(1)),
  new Option(
    '--token <text...>',
    'accepted bearer tokens; prefer the variable, as other users can read the command line',
  ).env('GLOWCAST_TOKEN'),
  new Option('--allowed-origins <origins...>', 'origins of other pages that may connect').env(
    'GLOWCAST_ALLOWED_ORIGINS',
  ),
  limitOption(
    '--max-streams <count>',
    'at most so many streams at a time (default: as many as the machine carries)',
    'GLOWCAST_MAX_STREAMS',
  ),
  limitOption(
    '--max-streams-per-client <count>',
    'streams of one client (default: three quarters of all; all with a token)',
    'GLOWCAST_MAX_STREAMS_PER_CLIENT',
  ),
  new Option(
    '--trusted-proxies <count>',
    'number of your own proxies in front, whose X-Forwarded-For tells clients apart',
  )
    .env('GLOWCAST_TRUSTED_PROXIES')
    .default(0)
    .argParser(wholeNumberFrom(0)),
  limitOption('--max-sockets <count>', 'connections at a time (default: 1000)', 'GLOWCAST_MAX_SOCKETS'),
  limitOption(
    '--max-streams-per-socket <count>',
    'streams per connection (default: 16)',
    'GLOWCAST_MAX_STREAMS_PER_SOCKET',
  ),
  limitOption(
    '--idle-seconds <seconds>',
    'close silent connections after this time (default: 60)',
    'GLOWCAST_IDLE_SECONDS',
  ),
  limitOption(
    '--drain-seconds <seconds>',
    'time for streams to finish after SIGTERM (default: 20)',
    'GLOWCAST_DRAIN_SECONDS',
  ),
  limitOption(
    '--max-body-bytes <bytes>',
    'largest body of POST /v1/vocode and /v1/score (default: 32 MiB)',
    'GLOWCAST_MAX_BODY_BYTES',
  ),
  new Option('--log-level <level>', 'lowest level that is logged')
    .choices(['debug', 'info', 'warn', 'error'])
    .env('GLOWCAST_LOG_LEVEL')
    .default('info'),
]

/** `serve`. */
export const addServeCommand: AddCommands = (program, _io, ends) => {
  const command = program
    .command('serve')
    .description(
      'Start the live server: mel frames in, audio out as they arrive. It serves a demo page, too.',
    )
    .action(async (given, self: Command) => {
      const { serve } = await import('../commands/serve.js')
      await ends(serve(given, (name) => self.getOptionValueSource(name)))
    })
  for (const option of options) command.addOption(option)
  withExamples(
    command,
    'serve',
    'serve --host 0.0.0.0 --port 9000 --allowed-origins https://example.com --max-streams 20',
  )
}
