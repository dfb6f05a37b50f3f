// express-session on connect-redis: the options of connect-redis's README, sign-in and sign-out as in
// express-session's own "User login" example, the proxy as in http-proxy-middleware's, with kept connections.
'use strict'

const cluster = require('node:cluster')
const http = require('node:http')
const { setTimeout: delay } = require('node:timers/promises')
const { RedisStore } = require('connect-redis')
const express = require('express')
const session = require('express-session')
const { createProxyMiddleware } = require('http-proxy-middleware')
const { createClient } = require('redis')

const { PORT, REDIS_URL, SESSION_SECRET, IDLE_SECONDS, WORKERS, UPSTREAM } = process.env
const PASSWORD = 'correct horse battery staple'

function signedIn (req, res, next) {
  if (req.session.user) next()
  else res.status(401).json({ error: 'no session' })
}

function logIn (req, res, next) {
  if (req.body.password !== PASSWORD) return res.status(403).json({ error: 'bad credentials' })
  req.session.regenerate((error) => {
    if (error) return next(error)
    req.session.user = req.body.username
    req.session.save((error) => error ? next(error) : res.json({ user: req.session.user }))
  })
}

function logOut (req, res, next) {
  req.session.user = null
  req.session.save((error) => {
    if (error) return next(error)
    req.session.regenerate((error) => error ? next(error) : res.sendStatus(204))
  })
}

async function show (req, res) {
  if (req.query.wait_ms) await delay(Number(req.query.wait_ms))
  const { cookie, user, ...data } = req.session
  res.json({ user, data })
}

async function increment (req, res) {
  const { name, wait_ms: wait = 0 } = req.body
  req.session[name] = (req.session[name] ?? 0) + 1
  if (wait) await delay(wait)
  res.json({ value: req.session[name] })
}

async function put (req, res) {
  const { name, value } = req.body
  req.session[name] = value
  res.json({})
}

async function append (req, res) {
  const { name, value, wait_ms: wait = 0 } = req.body
  req.session[name] ??= []
  req.session[name].push(value)
  if (wait) await delay(wait)
  res.json({ length: req.session[name].length })
}

function serve () {
  const client = createClient({ url: REDIS_URL })
  client.on('error', console.error)
  client.connect().catch(console.error)
  const app = express()
  app.get('/healthz', (req, res) => res.json({ status: 'ok' }))
  app.use(session({
    store: new RedisStore({ client }),
    secret: SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { maxAge: Number(IDLE_SECONDS) * 1000 }
  }))
  if (UPSTREAM) {
    const agent = new http.Agent({ keepAlive: true })
    app.use('/proxied', signedIn, createProxyMiddleware({ target: UPSTREAM + '/proxied', agent }))
  }
  app.use(express.json())
  app.post('/login', logIn)
  app.post('/logout', logOut)
  app.get('/session', signedIn, show)
  app.post('/increment', signedIn, increment)
  app.post('/append', signedIn, append)
  app.post('/put', signedIn, put)
  app.listen(Number(PORT), '127.0.0.1')
}

if (cluster.isPrimary && Number(WORKERS) > 1) {
  for (let n = 0; n < Number(WORKERS); n++) cluster.fork()
} else {
  serve()
}
