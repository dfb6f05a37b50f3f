--@ common
return reply('done')
