// What every host must bring before it loads a plug-in: the environment, and a group of plug-ins that may be joined.
import initializeWamEnv from '../../node_modules/@webaudiomodules/sdk/src/WamEnv.js'
import initializeWamGroup from '../../node_modules/@webaudiomodules/sdk/src/WamGroup.js'

initializeWamEnv('2.0.0-alpha.6')
initializeWamGroup('host', 'a key of this host')
