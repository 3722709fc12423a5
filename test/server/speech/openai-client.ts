import OpenAI, { APIError } from 'openai'
import { expect } from 'vitest'
import { framesOfWord } from '../mock-acoustic.js'
import { mockMel } from '../mock-backend.js'
import type { TestServer } from '../test-server.js'

export const token = 'a-secret-of-tests'
export const samplesOfWord = framesOfWord * mockMel.hopLength

export function clientOf({ http }: TestServer, apiKey = token): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${http}/v1`, maxRetries: 0 })
}

/** As OpenAI's own documentation calls it. */
export const usual = {
  model: 'tts-1',
  voice: 'anna',
  input: 'Good morning',
  response_format: 'wav',
} as const

export async function refusal(call: Promise<unknown>): Promise<APIError> {
  const error = await call.then(
    () => undefined,
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(APIError)
  return error as APIError
}
