// `npm start`: trains the recipe that reaches 90 % on CIFAR-10 in minutes, then says what to try next. Flags of `ghostgrad train`
// may follow: npm start -- --seed 1
process.argv.splice(2, 0, 'train', '--config', 'configs/speednet-90.yaml')
process.on('exit', (code) => {
  if (code !== 0) return
  console.log(`
What to try next, with the run that the lines above name:
  a photo of yours        npx ghostgrad predict photo.jpg --weights latest
  live curves of a run    npx ghostgrad serve
  94 % on the test set    npx ghostgrad train --config configs/speednet.yaml
  a network of the paper  npx ghostgrad train --model ghost-resnet56 --epochs 30`)
})
await import('../dist/cli/main.js')
